import { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { call, childOf, signUp } from "./support/client.ts";

const sends = 200;

test("case 24: what an fsync failed for is never acknowledged, the next write works, and what was acknowledged is there", async () => {
  await using directory = await temporaryDirectory();
  const trace = join(directory.path, "trace.log");
  const fault = "inject=fsync,fdatasync:error=EIO:when=40+7";
  const strace = ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", fault];
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "silent" });
  await using tracer = await startProcess(env, [], strace);
  const ann = await signUp(tracer.url, "ann");
  const chat = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  const acknowledged = new Map<string, number>();
  const refused: string[] = [];
  let unready = 0;
  for (let i = 0; i < sends; i++) {
    const client_id = `c${i}`;
    const answer = await ann.call("POST", `/chat/${chat}/messages`, { text: client_id, client_id });
    if (answer.status === 201) acknowledged.set(client_id, answer.response.seq);
    else {
      expect(answer).toMatchObject({ status: 503, code: "unavailable", retryAfter: "1" });
      refused.push(client_id);
      // It proves that it can write again by writing; now and then that fails as well.
      if ((await call(tracer.url, "GET", "/ready")).status === 503) unready++;
    }
  }
  const failed = readFileSync(trace, "utf8").match(/\(INJECTED\)/g)?.length ?? 0;
  expect(failed).toBeGreaterThanOrEqual(10);
  expect(refused.length).toBeGreaterThanOrEqual(10);
  expect(refused.length + unready).toBeLessThanOrEqual(failed);
  expect(acknowledged.size).toBeGreaterThan(sends / 2);
  expect([...acknowledged.values()]).toEqual(Array.from(acknowledged, (_, i) => i + 1));

  // Case 76: killed, so that nothing is repaired on the way out.
  process.kill(await childOf(tracer.pid), "SIGKILL");
  await tracer.exited;
  await using again = await startProcess(env);
  expect((await call(again.url, "GET", "/ready")).status).toBe(200);
  using db = new SqliteFile(join(directory.path, "jarvis.db"), { readonly: true });
  expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  const stored = new Map(db.query("SELECT client_id, seq FROM message").values() as [string, number][]);
  for (const [clientId, seq] of acknowledged)
    expect([clientId, stored.get(clientId)]).toEqual([clientId, seq]);
  expect(refused.filter((clientId) => stored.has(clientId))).toEqual([]);
}, 60_000);
