#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { main } from "./bun-binary.mjs";

// Without --no-install Bun would fetch a package that is missing while the server starts.
const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
main(["--no-install", cli, ...process.argv.slice(2)]);
