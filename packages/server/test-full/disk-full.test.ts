import { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { call, type Person, signUp } from "./support/client.ts";
import { onSmallDisk } from "./support/small-disk.ts";

/** Sends messages, some at once, until one is refused; keeps what was acknowledged. */
async function fill(person: Person, chat: string, acknowledged: Map<string, number>): Promise<void> {
  const text = "x".repeat(3_900);
  for (let full = false; !full; ) {
    const from = acknowledged.size;
    const sends = Array.from({ length: 20 }, async (_, i) => {
      const client_id = `f${from}-${i}`;
      const answer = await person.call("POST", `/chat/${chat}/messages`, { text, client_id });
      if (answer.status === 201) acknowledged.set(client_id, answer.response.seq);
      else expect(answer).toMatchObject({ status: 503, code: "unavailable", retryAfter: "1" });
      return answer.status;
    });
    full = (await Promise.all(sends)).includes(503);
  }
}

test("case 23, case 78: on a full disk writes are refused, reads go on, /ready says no; with space it goes on by itself", async () => {
  await using directory = await temporaryDirectory();
  const disk = directory.path;
  const env = processEnv(disk, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "silent" });
  await using server = await startProcess(env, [], onSmallDisk(disk, "8m"));
  const inside = join(`/proc/${server.pid}/root`, disk);
  const ballast = join(inside, "ballast");
  const ann = await signUp(server.url, "ann");
  const chat = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  const acknowledged = new Map<string, number>();
  writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
  // What a refused group had claimed of the log still takes smaller writes: they are made until even those are refused,
  // and so is the smallest, the one that `/ready` asks for.
  async function exhaust(): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      await fill(ann, chat, acknowledged);
      const move = (i: number) => ann.call("PUT", `/event/${chat}/place`, { latitude: i % 90, longitude: 1 });
      let moved = await move(0);
      for (let i = 1; moved.status === 200 && i < 2_000; i++) moved = await move(i);
      expect(moved).toMatchObject({ status: 503, code: "unavailable", retryAfter: "1" });
      if ((await call(server.url, "GET", "/ready")).status === 503) return;
    }
    throw new Error("the disk does not become full");
  }
  async function expectReadOnly(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await exhaust();
      expect(statfsSync(inside).bfree).toBe(0);
      expect((await call(server.url, "GET", "/health")).status).toBe(200);
      expect((await ann.call("GET", `/chat/${chat}/messages?limit=200`)).response.length).toBeGreaterThan(0);
      expect((await ann.call("GET", `/event/${chat}`)).status).toBe(200);
    }
  }

  await expectReadOnly();
  const freedMs = performance.now();
  rmSync(ballast);
  while ((await call(server.url, "GET", "/ready")).status !== 200)
    expect(performance.now() - freedMs).toBeLessThan(10_000);
  const again = await ann.call("POST", `/chat/${chat}/messages`, { text: "again", client_id: "again" });
  expect(again.status).toBe(201);
  acknowledged.set("again", again.response.seq);
  await expectReadOnly();

  // Case 76: it stops in order although its store takes no writes.
  const askedMs = performance.now();
  const file = join(inside, "jarvis.db");
  // The disk ends with the process: what is on it is taken while the server is stopped in its tracks.
  process.kill(server.pid, "SIGSTOP");
  await using outside = await temporaryDirectory();
  for (const suffix of ["", "-wal"])
    if (existsSync(file + suffix)) copyFileSync(file + suffix, join(outside.path, `jarvis.db${suffix}`));
  process.kill(server.pid, "SIGCONT");
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(performance.now() - askedMs).toBeLessThan(10_000);

  using db = new SqliteFile(join(outside.path, "jarvis.db"));
  expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  const sent = "SELECT client_id, seq FROM message WHERE client_id IS NOT NULL"; // moves report themselves in the chat
  const stored = new Map(db.query<[string, number], []>(sent).values() as [string, number][]);
  for (const [clientId, seq] of acknowledged)
    expect([clientId, stored.get(clientId)]).toEqual([clientId, seq]);
  expect(stored.size).toBe(acknowledged.size);
}, 60_000);
