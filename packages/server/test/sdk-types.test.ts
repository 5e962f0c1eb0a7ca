import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** An application's code, in a project that knows nothing of Bun or of this repository's settings. */
const application = `
import { createClient, itemStorage, type Snapshot, type TimelineItem } from "./index";
const client = createClient({ baseUrl: "https://jarvis.example" });
const store = client.openStore({ storage: itemStorage(localStorage) });
const snapshot: Snapshot = store.getSnapshot();
const unread: number = snapshot.events["e"]?.chat.unread ?? 0;
const lines: readonly TimelineItem[] = store.timeline("e");
store.on("message", ({ data }) => data.message.text.toUpperCase());
// @ts-expect-error -- it is a number
const wrong: string = unread;
export { lines, wrong };
`;

test("the built package's types are whole: an application compiles with them, and is told of its mistakes", async () => {
  const directory = `${root}packages/sdk/dist/types/sdk/src`;
  const file = `${directory}/application.ts`;
  expect(await run(["bun", "run", "build"], `${root}packages/sdk`)).toEqual([0, ""]);
  try {
    await Bun.write(file, application);
    const settings = [
      "--strict",
      "--noEmit",
      "--target",
      "es2022",
      "--module",
      "esnext",
      "--moduleResolution",
      "bundler",
    ];
    const types = ["--types", "", "--allowImportingTsExtensions", "--ignoreConfig"];
    expect(await run([`${root}node_modules/.bin/tsc`, ...settings, ...types, file], root)).toEqual([0, ""]);
  } finally {
    await rm(file);
  }
}, 60_000);

async function run([command = "", ...args]: string[], cwd: string): Promise<[number, string]> {
  const binary = command === "bun" ? [process.execPath, "build.ts"] : [command, ...args];
  const child = Bun.spawn(binary, { cwd, stdout: "pipe", stderr: "pipe" });
  const said = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return [await child.exited, said.join("")];
}
