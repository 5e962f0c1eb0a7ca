/** Runs a program to its end and gives what it printed; throws with everything it said when it fails. */
export async function run(
  command: string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
): Promise<string> {
  const child = Bun.spawn(command, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0)
    throw new Error(
      `${command.join(" ")} ended with ${code}:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`,
    );
  return stdout;
}

/** What of these is not installed. */
export function missing(tools: string[]): string[] {
  return tools.filter(
    (tool) => Bun.which(tool, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` }) === null,
  );
}
