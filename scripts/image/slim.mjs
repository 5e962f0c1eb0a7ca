// Takes out of a production install what a running server never reads: the Bun that npm brought (the image's base has it),
// tests, and what packages carry for building or describing themselves.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** They go with what they are about. */
const licence = /^(?:licen[cs]e|copying|notice)/i;
const unread = /\.(?:test\.ts|d\.ts|d\.mts|d\.cts|map|md|markdown|flow)$/i;

for (const path of ["node_modules/bun", "node_modules/@oven"]) rmSync(path, { recursive: true, force: true });
for (const root of ["node_modules", "packages"]) slim(root);

/** @param {string} folder */
function slim(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) slim(path);
    else if (entry.isFile() && unread.test(entry.name) && !licence.test(entry.name)) rmSync(path);
  }
}
