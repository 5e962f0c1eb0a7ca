import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = new URL("../tools/", import.meta.url).pathname;
let installing: Promise<void> | undefined;

/** Installs the checkers, once, exactly as their lockfile says. */
function installTools(): Promise<void> {
  installing ??= install();
  return installing;
}

async function install(): Promise<void> {
  if (existsSync(join(folder, "node_modules", ".bin", "portman"))) return;
  const { exitCode, output } = await capture(["npm", "ci"], folder);
  if (exitCode !== 0) throw new Error(`npm ci of the test tools failed:\n${output}`);
}

interface Ran {
  exitCode: number;
  stdout: string;
  /** Both streams. */
  output: string;
}

async function capture(command: string[], cwd: string): Promise<Ran> {
  const child = Bun.spawn(command, {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // None of them has to report home, or to ask whether there is something newer.
    env: { ...process.env, CI: "true", REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, output: stdout + stderr };
}

/** Runs one of the installed checkers in a directory of the test's. */
export async function runTool(name: string, args: string[], cwd: string): Promise<Ran> {
  await installTools();
  return capture([join(folder, "node_modules", ".bin", name), ...args], cwd);
}

/** Runs a script that uses the installed packages, with Node. */
export async function runToolScript(name: string, args: string[], cwd: string): Promise<Ran> {
  await installTools();
  return capture(["node", join(folder, name), ...args], cwd);
}
