#!/usr/bin/env node
// Runs the Bun that npm installed: `node scripts/bun.mjs <arguments of bun>`.
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBun, main } from "../packages/server/bin/bun-binary.mjs";

export { findBun };

const started = process.argv[1];
if (started && realpathSync(started) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
