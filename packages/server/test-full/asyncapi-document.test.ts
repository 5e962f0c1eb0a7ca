import { expect, test } from "bun:test";
import { join } from "node:path";
import { clientFrame, entryData, serverFrame } from "@jarvis/contract";
import { asyncapiDocument } from "../src/http/asyncapi.ts";
import { temporaryDirectory } from "../test/support/server-process.ts";
import { runToolScript } from "./support/tools.ts";

const limitMs = 300_000;
/** There is a 3.1 already; this document is 3.0, which is what tools read. */
const expected = new Set(["asyncapi-latest-version"]);

interface Report {
  findings: { code: string; message: string; where: string }[];
  messages: number;
}

async function check(document: object): Promise<Report> {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, "asyncapi.json");
  await Bun.write(file, JSON.stringify(document));
  const { stdout, output, exitCode } = await runToolScript("check-asyncapi.mjs", [file], directory.path);
  expect(exitCode, output).toBe(0);
  const report = JSON.parse(stdout) as Report; // written by that script
  return { ...report, findings: report.findings.filter(({ code }) => !expected.has(code)) };
}

test(
  "AsyncAPI's own parser reads every message of /asyncapi.json and finds nothing",
  async () => {
    const count = clientFrame.options.length + serverFrame.options.length + Object.keys(entryData).length;
    expect(await check(asyncapiDocument("http://localhost:3000"))).toEqual({ findings: [], messages: count });
  },
  limitMs,
);

test(
  "the parser tells what is wrong",
  async () => {
    const document = { ...asyncapiDocument("http://localhost:3000"), channels: { realtime: { address: 7 } } };
    expect((await check(document)).findings).not.toEqual([]);
  },
  limitMs,
);
