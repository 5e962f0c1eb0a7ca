import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dir;

/** Installs the packages that are compared with, exactly as their lockfile says, once. Why it could not be, or null. */
export function installPackages(): string | null {
  if (existsSync(join(folder, "node_modules", ".complete"))) return null;
  const steps = [
    ["npm", "ci", "--ignore-scripts"],
    // Its own script would download a build; this one compiles it here.
    ["npm", "rebuild", "better-sqlite3", "--build-from-source", "--ignore-scripts=false"],
    ["touch", join(folder, "node_modules", ".complete")],
  ];
  for (const step of steps) {
    const { exitCode, stderr } = Bun.spawnSync(step, { cwd: folder, stdout: "ignore", stderr: "pipe" });
    if (exitCode !== 0)
      return `not installed: ${step.join(" ")} failed: ${stderr.toString().trim().slice(-300)}`;
  }
  return null;
}

export function isInstalled(name: string): boolean {
  return existsSync(join(folder, "node_modules", name, "package.json"));
}

export function missingPackage(name: string): string | null {
  return isInstalled(name) ? null : `not installed: npm ci in bench/peers`;
}

export function versionOf(name: string): string {
  const text = readFileSync(join(folder, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version; // every package has one
}

/** Node runs them: that is what they are written for. */
export function nodeCommand(script: string, ...args: string[]): string[] {
  return [Bun.which("node") ?? "node", join(folder, "servers", script), ...args];
}

export function nodeVersion(): string {
  return Bun.spawnSync(["node", "--version"]).stdout.toString().trim();
}
