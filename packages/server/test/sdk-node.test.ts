import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWorld } from "./support/world.ts";

/** What runs under Node: the bundle knows nothing of Bun, and this script nothing but the bundle. */
const script = `
import { createClient } from "./index.js";
const client = createClient({ baseUrl: process.argv[2] });
const { id } = await client.signUp({ email: "node@example.org", password: "long enough", username: "Node" });
const event = await client.events.createEvent({ name: "Dinner", duration: 3600 });
const connection = client.realtime();
await connection.untilLive();
const sent = await connection.send(event.id, "from Node");
for await (const frame of connection) {
  if (frame.type !== "entry" || frame.kind !== "message") continue;
  const { text, seq, author } = frame.data.message;
  console.log(JSON.stringify({ text, seq, sent: sent.seq, own: author.id === id }));
  break;
}
connection.close();
`;

test("works under Node, as one bundled file", async () => {
  await using world = await createWorld();
  const directory = await mkdtemp(join(tmpdir(), "jarvis-sdk-"));
  try {
    const entry = fileURLToPath(import.meta.resolve("@jarvis/sdk"));
    const built = await Bun.build({
      entrypoints: [entry],
      outdir: directory,
      target: "browser",
      naming: "index.js",
    });
    expect(built.success).toBe(true);
    await Bun.write(join(directory, "script.mjs"), script);
    const flags =
      (await output(["node", "-p", "typeof WebSocket"])) === "undefined" ? ["--experimental-websocket"] : [];
    const said = await output(["node", "--no-warnings", ...flags, join(directory, "script.mjs"), world.url]);
    expect(JSON.parse(said)).toEqual({ text: "from Node", seq: 1, sent: 1, own: true });
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function output(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [text, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(errors);
  return text.trim();
}
