/** Runs a command where a small disk of its own is mounted; it and its file system end together. */
export function onSmallDisk(mount: string, size: string): string[] {
  const unshare = process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-r", "-m"];
  const script = `mount -t tmpfs -o size=${size},mode=0700 none "$0" && exec "$@"`;
  return [...unshare, "sh", "-c", script, mount];
}
