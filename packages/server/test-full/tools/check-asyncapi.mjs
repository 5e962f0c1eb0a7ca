import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

// Usage: node check-asyncapi.mjs <file>. Prints what the parser found, and how many messages it read.
const [path = ""] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(readFileSync(path, "utf8"));
const findings = diagnostics.map(({ code, message, path: where }) => ({
  code,
  message,
  where: where.join("."),
}));
process.stdout.write(JSON.stringify({ findings, messages: document?.allMessages().length ?? 0 }));
