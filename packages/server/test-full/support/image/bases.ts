import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Builder } from "./builder.ts";
import { run } from "./shell.ts";

export const nodeBase = "localhost/base/node";
export const bunBase = "localhost/base/bun";

/** What Debian's own image for containers leaves out too. */
const unneeded = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/info",
  "usr/share/locale",
  "var/cache/apt",
  "var/lib/apt/lists",
];
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Stand-ins of the two official bases, for no registry of images can be reached from here: a small Debian by debootstrap,
 * with the Node and npm of this machine to build with, and with the Bun of this project to run with.
 */
export async function makeBases(builder: Builder, folder: string): Promise<void> {
  const debian = join(folder, "debian");
  await run(["debootstrap", "--variant=minbase", "bookworm", debian, "http://deb.debian.org/debian"]);
  for (const path of unneeded) rmSync(join(debian, path), { recursive: true, force: true });
  const bun = join(debian, "usr/local/bin/bun");
  copyFileSync(process.execPath, bun);
  chmodSync(bun, 0o755);
  await builder.fromFolder(debian, bunBase);
  rmSync(bun);
  await addNode(debian);
  const registry = (await run(["npm", "config", "get", "registry"])).trim();
  // How this machine reaches its registry is the base's affair: no file of the image can have it.
  const env = {
    npm_config_registry: registry,
    NODE_EXTRA_CA_CERTS: certificates,
    npm_config_cafile: certificates,
  };
  await builder.fromFolder(debian, nodeBase, env);
  rmSync(debian, { recursive: true });
}

async function addNode(root: string): Promise<void> {
  const node = (await run(["node", "-p", "process.execPath"])).trim();
  copyFileSync(node, join(root, "usr/local/bin/node"));
  chmodSync(join(root, "usr/local/bin/node"), 0o755);
  const npm = join((await run(["npm", "root", "--global"])).trim(), "npm");
  const copy = join(root, "usr/local/lib/node_modules/npm");
  cpSync(npm, copy, { recursive: true, dereference: true });
  await run(["ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm")]);
  // Node is linked against it, and a minimal Debian comes without.
  for (const library of await linkedFrom(node)) {
    const target = join(root, library);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(library, target);
  }
  mkdirSync(join(root, dirname(certificates)), { recursive: true });
  if (existsSync(certificates)) copyFileSync(certificates, join(root, certificates));
}

async function linkedFrom(binary: string): Promise<string[]> {
  const listed = await run(["ldd", binary]);
  return [...listed.matchAll(/=> (\/\S+)/g)].map(([, path = ""]) => path);
}
