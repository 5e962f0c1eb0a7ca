import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { connect, epochOf } from "../test/support/socket.ts";
import { call, signUp } from "./support/client.ts";

const hour = 3_600;

/** Debian has it in a directory named for the machine. */
function faketimeLibrary(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "faketime/libfaketimeMT.so.1"))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
  return found;
}

test("case 17: steps of the machine's clock change neither numbers nor order", async () => {
  await using directory = await temporaryDirectory();
  const offset = join(directory.path, "offset");
  const setClock = (seconds: number): void => writeFileSync(offset, `${seconds < 0 ? "" : "+"}${seconds}`);
  setClock(0);
  const env = processEnv(directory.path, {
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "error",
    LD_PRELOAD: faketimeLibrary(),
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  await using server = await startProcess(env);
  const [ann, bob] = [await signUp(server.url, "ann"), await signUp(server.url, "bob")];
  const event = { name: "Dinner", duration: 3600, people: [bob.id] };
  const chat = (await ann.call("POST", "/event", event)).response.id;
  await using reader = await connect(server.url, bob);
  const texts: string[] = [];
  const sentMs: number[] = [];
  for (const seconds of [0, -hour, 24 * hour, -24 * hour, 0, 30 * 24 * hour, -1]) {
    setClock(seconds);
    const sends = Array.from({ length: 50 }, async (_, i) => {
      const client_id = `${seconds}/${sentMs.length}/${i}`;
      const { status, response } = await ann.call("POST", `/chat/${chat}/messages`, {
        text: client_id,
        client_id,
      });
      expect(status).toBe(201);
      texts[response.seq - 1] = client_id;
      return response.sent_ms as number;
    });
    sentMs.push(...(await Promise.all(sends)));
    expect((await call(server.url, "GET", "/ready")).status).toBe(200);
  }
  // The steps were seen, or nothing was tried.
  expect(Math.max(...sentMs) - Math.min(...sentMs)).toBeGreaterThan(30 * 24 * hour * 1_000);
  await reader.message(chat, texts.length);
  const numbered = texts.map((text, i) => [i + 1, text]);
  expect(reader.messages(chat).map(({ seq, text }) => [seq, text])).toEqual(numbered);
  await using back = await connect(server.url, bob, {
    epoch: await epochOf(reader),
    resume: { [`event:${chat}`]: reader.entries(`event:${chat}`)[0]?.seq ?? 0 },
  });
  await back.message(chat, texts.length);
  expect(back.messages(chat).map(({ seq, text }) => [seq, text])).toEqual(numbered.slice(1));
}, 60_000);
