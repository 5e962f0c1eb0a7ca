// Prints a software bill of materials (CycloneDX 1.6, JSON) of what is installed here: every package that lies in
// node_modules, with version, licence and the hash that npm checked. It has neither time nor serial number, so that the
// same tree gives the same bytes. https://cyclonedx.org/docs/1.6/json/
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ version?: string, license?: string, integrity?: string, link?: boolean }} Locked */

const root = read("package.json");
const installed = /** @type {Record<string, Locked>} */ (read("node_modules/.package-lock.json").packages);
const components = Object.entries(installed)
  .filter(
    ([path, { link }]) => !link && path.startsWith("node_modules/") && existsSync(join(path, "package.json")),
  )
  .map(([path, locked]) => componentOf(path, locked))
  .toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
const document = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: {
    component: {
      type: "application",
      name: root.name,
      version: root.version,
      licenses: [{ license: { id: root.license } }],
      "bom-ref": `pkg:npm/${root.name}@${root.version}`,
    },
  },
  components,
};
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);

/**
 * @param {string} path
 * @param {Locked} locked
 */
function componentOf(path, { version = "", license, integrity }) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    name,
    version,
    purl,
    "bom-ref": `${purl}#${path}`,
    // An expression, for a package may have several: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
    ...(license ? { licenses: [{ expression: license }] } : {}),
    ...(integrity ? { hashes: hashesOf(integrity) } : {}),
  };
}

/**
 * npm writes hashes as Subresource Integrity does (base64), CycloneDX in hexadecimal.
 * @param {string} integrity
 */
function hashesOf(integrity) {
  const names = new Map([
    ["sha512", "SHA-512"],
    ["sha1", "SHA-1"],
  ]);
  return integrity.split(" ").flatMap((one) => {
    const dash = one.indexOf("-");
    const [kind, digest] = [one.slice(0, dash), one.slice(dash + 1)];
    const alg = names.get(kind);
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, "base64").toString("hex") }];
  });
}

/** @param {string} file */
function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
