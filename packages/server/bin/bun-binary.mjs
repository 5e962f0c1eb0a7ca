import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const REPEAT_MS = 250;
const FORWARDED = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * The npm packages that carry a Bun binary for this machine, likeliest first. npm installs the one
 * whose `os`, `cpu` and `libc` match; naming both C libraries spares detecting which one that was.
 */
export function bunPackages(platform = process.platform, arch = process.arch) {
  const os = platform === "win32" ? "windows" : platform;
  const cpu = arch === "arm64" ? "aarch64" : arch;
  const suffixes = platform === "linux" ? ["", "-musl", "-baseline", "-musl-baseline"] : ["", "-baseline"];
  return suffixes.map((suffix) => `@oven/bun-${os}-${cpu}${suffix}`);
}

/**
 * Path of the Bun binary that npm installed. `node_modules/.bin/bun` is not it: that is a placeholder
 * until the `bun` package's install script has run, and install scripts are off in this repository.
 * @param {string} [from] file whose `node_modules` directories are searched, upwards
 */
export function findBun(from = fileURLToPath(import.meta.url)) {
  const file = process.platform === "win32" ? "bun.exe" : "bun";
  for (const name of bunPackages()) {
    for (const directory of packageDirectories(name, from)) {
      const binary = join(directory, "bin", file);
      if (existsSync(binary)) return binary;
    }
  }
  throw new Error(
    `Bun is not installed: looked for the package ${bunPackages()[0]} above ${dirname(from)}.\n` +
      "Run `npm ci` on this machine. The package is an optional dependency, so it is missing after\n" +
      "`npm ci --omit=optional` and when node_modules was copied from another platform.",
  );
}

/**
 * Where `name` may be: hoisted, or nested below the `bun` package that asks for it.
 * @param {string} name
 * @param {string} from
 */
function packageDirectories(name, from) {
  const require = createRequire(from);
  const roots = require.resolve.paths(name) ?? [];
  return roots.flatMap((root) => [join(root, name), join(root, "bun", "node_modules", name)]);
}

/**
 * Runs Bun with `args` in this terminal and ends this process as Bun ended.
 *
 * Bun gets a process group of its own. Ctrl-C reaches every process of the terminal's group, so a child
 * in that group would get its signal twice, once from the terminal and once from here; npm, when it is
 * the one that started us, adds a third. The server takes a second request to stop for "at once", so one
 * key press has to arrive as one signal. `--no-orphans` makes Bun die with this process even when this
 * process is killed outright, which a group of its own would otherwise survive.
 * @param {string[]} args
 */
function runBun(args) {
  const ownGroup = process.platform !== "win32";
  const child = spawn(findBun(), ["--no-orphans", ...args], { stdio: "inherit", detached: ownGroup });
  for (const signal of FORWARDED) {
    // On Windows the console itself tells the child, and `kill` would end it without a chance to drain.
    process.on(signal, ownGroup ? oncePerPress(() => child.kill(signal)) : () => {});
  }
  child.on("error", (error) => {
    console.error(`Bun did not start: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}

/**
 * Lets one call through and drops those that follow within moments: echoes of the same key press.
 * @param {() => void} forward
 */
function oncePerPress(forward) {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < REPEAT_MS) return;
    last = now;
    forward();
  };
}

/**
 * `runBun` for a command line: a missing Bun is one message, not a stack trace.
 * @param {string[]} args
 */
export function main(args) {
  try {
    runBun(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
