/** Why a peer of Debian's cannot run here, or null. */
export function missingProgram(program: string, ...packages: string[]): string | null {
  return Bun.which(program, { PATH: path() }) === null
    ? `not installed: apt-get install ${packages.join(" ")}`
    : null;
}

/** Daemons are in places that only root's PATH names. */
function path(): string {
  return `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
}

export function programPath(program: string): string {
  return Bun.which(program, { PATH: path() }) ?? program;
}

export function packageVersion(name: string): string {
  const asked = Bun.spawnSync(["dpkg-query", "-W", "-f", "${Version}", name]);
  return asked.exitCode === 0 ? asked.stdout.toString() : "unknown";
}

/** A port that was free a moment ago: these servers do not say which one they took. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
