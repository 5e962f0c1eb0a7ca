import { expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { seedCalendars } from "./support/free-time/seed-calendars.ts";
import { isBearable, waitsBeside } from "./support/measuring.ts";
import { seedUser } from "./support/seed.ts";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";

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
  const to = Math.floor(Date.now() / 1_000) + 90 * 86_400;
  const url = `${server.url}/event/${event}/suggestions?limit=50&to=${to}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ann.token}` } });
  expect(((await answer.json()) as { response: unknown[] }).response).toHaveLength(50);
  const twenty = Array.from({ length: 20 }, () => ({ url, method: "GET", token: ann.token }));
  const { statuses, ...waits } = await waitsBeside(twenty, { server, user: bob, chat: event });
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect({ ...waits, isBearable: isBearable(waits) }).toEqual({ ...waits, isBearable: true });
}, 60_000);
