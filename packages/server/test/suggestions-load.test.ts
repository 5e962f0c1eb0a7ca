import { expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { seedCalendars } from "./support/free-time/seed-calendars.ts";
import { answered, measure, p99 } from "./support/measuring.ts";
import { seedUser } from "./support/seed.ts";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";
import { connect } from "./support/socket.ts";

test("case 80: twenty searches over 50 people and 90 days at a time hold nobody up", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  const ctx = await createContext(loadConfig(env));
  const people = await Promise.all(Array.from({ length: 50 }, (_, i) => seedUser(ctx, `person${i}`)));
  await ctx.db.close();
  const [ann, bob] = people;
  if (ann === undefined || bob === undefined) throw new Error("people were seeded");
  const path = `${directory.path}/jarvis.db`;
  const event = seedCalendars(path, { people, days: 90, own: 60, imported: 300 });
  await using server = await startProcess(env);
  const headers = { authorization: `Bearer ${ann.token}` };
  const to = Math.floor(Date.now() / 1_000) + 90 * 86_400;
  const ask = async () => {
    const answer = await fetch(`${server.url}/event/${event}/suggestions?limit=50&to=${to}`, { headers });
    const { response } = (await answer.json()) as { response: unknown[] };
    expect(response).toHaveLength(50);
  };
  await using writer = await connect(server.url, bob);
  await using listener = await connect(server.url, bob);
  let sent = 0;
  async function round(): Promise<{ ack: number; pong: number }> {
    const acks = measure(async () => {
      const id = `c${sent++}`;
      writer.send({ type: "send", chat: event, client_id: id, text: "when?" });
      await writer.next("ack", ({ client_id }) => client_id === id);
    });
    const pongs = measure(() => answered(listener, `p${sent++}`));
    for (let burst = 0; burst < 3; burst++) await Promise.all(Array.from({ length: 20 }, ask));
    return { ack: p99(await acks.stop()), pong: p99(await pongs.stop()) };
  }
  // The best of three: expensive work holds others up each time, a busy machine does not.
  const rounds = [await round(), await round(), await round()];
  expect(Math.min(...rounds.map(({ ack }) => ack))).toBeLessThan(250);
  expect(Math.min(...rounds.map(({ pong }) => pong))).toBeLessThan(50);
}, 30_000);
