import { cp, readdir, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import contractPackage from "../contract/package.json" with { type: "json" };
import { lean } from "./lean.ts";
import sdkPackage from "./package.json" with { type: "json" };

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "dist");
const types = join(dist, "types");

/** Writes one ES module that needs nothing but web standards. */
export async function bundle(outdir: string): Promise<string> {
  return (await build(outdir)).path;
}

/** What an application's own bundler would make of it: minified, in bytes, and those bytes compressed. */
export async function bundleSize(): Promise<{ bytes: number; gzip: number }> {
  const bytes = new Uint8Array(await (await build(null)).arrayBuffer());
  return { bytes: bytes.length, gzip: Bun.gzipSync(bytes).length };
}

async function build(outdir: string | null) {
  const entry = join(here, "src/index.ts");
  const result = await Bun.build({
    entrypoints: [entry],
    ...(outdir === null ? { minify: true } : { outdir }),
    target: "browser",
    format: "esm",
    naming: "index.js",
    plugins: [lean],
  });
  const [output] = result.outputs;
  if (!output) throw new Error("the build wrote nothing");
  return output;
}

async function declare(): Promise<void> {
  const tsc = Bun.spawn(
    [join(here, "../../node_modules/.bin/tsc"), "-p", join(here, "tsconfig.build.json")],
    {
      stdout: "inherit",
      stderr: "inherit",
    },
  );
  if ((await tsc.exited) !== 0) throw new Error("the declarations were not written");
  const files = await readdir(join(types, "sdk/src"), { recursive: true });
  for (const file of files.filter((name) => name.endsWith(".d.ts"))) await nameContractByPath(file);
}

/** The published package holds the contract's types too, so that it stands alone. */
async function nameContractByPath(file: string): Promise<void> {
  const path = join(types, "sdk/src", file);
  const up = "../".repeat(file.split(sep).length + 1);
  const text = await Bun.file(path).text();
  await Bun.write(path, text.replaceAll('"@jarvis/contract"', `"${up}contract/src/index.ts"`));
}

/** `dist/` is a package of its own, so that the sources can stay this package's entry within the repository. */
function manifest(): string {
  const { name, version, description, license } = sdkPackage;
  const entry = { types: "./types/sdk/src/index.d.ts", default: "./index.js" };
  const dependencies = { zod: contractPackage.dependencies.zod }; // the types of the contract are written with it
  const whole = {
    name,
    version,
    description,
    license,
    type: "module",
    exports: { ".": entry },
    dependencies,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

if (import.meta.main) {
  await rm(dist, { recursive: true, force: true });
  await bundle(dist);
  await declare();
  await Bun.write(join(dist, "package.json"), manifest());
  for (const file of ["README.md", "LICENSE"]) await cp(join(here, file), join(dist, file));
}
