import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { Dice } from "./support/simulation/dice.ts";
import { isBearable, waitsBeside } from "./support/measuring.ts";
import { seedUser } from "./support/seed.ts";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";

const people = 1_000;

/** So many people come to an event, and each has said where they will set out from: written past the server. */
function seedStarts(path: string, event: string): void {
  const dice = new Dice(1_000);
  using file = new Database(path);
  file.transaction(() => {
    for (let index = 0; index < people - 1; index++) {
      const user = `01900000-0000-7000-8000-${index.toString(16).padStart(12, "0")}`;
      file.run(
        `insert into participant (event_id, user_id, role, rsvp, state, delivered, invited_by, invited_ms, answers)
         values (?, ?, 'guest', 'accepted', 'in', 1, '', 0, 0)`,
        [event, user],
      );
      const [latitude, longitude] = [49 + dice.fraction(), -123 - dice.fraction()];
      file.run("insert into start_point values (?, ?, ?, ?, 'ride', 0)", [event, user, latitude, longitude]);
    }
  })();
}

test("case 80: meeting points of 1,000 people, twenty at a time, hold nobody up", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  const ctx = await createContext(loadConfig(env));
  const [ann, bob] = [await seedUser(ctx, "ann"), await seedUser(ctx, "bob")];
  await ctx.db.close();
  const event = await (async () => {
    await using server = await startProcess(env);
    const body = { name: "Fair", start_time: Math.floor(Date.now() / 1_000) + 7_200, duration: 3_600 };
    const headers = { authorization: `Bearer ${ann.token}`, "content-type": "application/json" };
    const made = await fetch(`${server.url}/event`, { method: "POST", headers, body: JSON.stringify(body) });
    const chat = await fetch(`${server.url}/event`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${bob.token}` },
      body: JSON.stringify(body),
    });
    // The contract's shape, which other tests look at.
    const ids = [made, chat].map(
      async (answer) => ((await answer.json()) as { response: { id: string } }).response.id,
    );
    const [own = "", bobs = ""] = await Promise.all(ids);
    server.kill("SIGTERM");
    await server.exited;
    return { own, bobs };
  })();
  seedStarts(`${directory.path}/jarvis.db`, event.own);
  await using server = await startProcess(env);
  const url = `${server.url}/event/${event.own}/meeting_point?limit=10`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ann.token}` } });
  const { response } = (await answer.json()) as { response: { places: { travel: unknown[] }[] } }; // as above
  expect(response.places.map(({ travel }) => travel.length)).toEqual(
    Array.from({ length: 10 }, () => people - 1),
  );
  const twenty = Array.from({ length: 20 }, () => ({ url, method: "GET", token: ann.token }));
  const { statuses, ...waits } = await waitsBeside(twenty, { server, user: bob, chat: event.bobs });
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect({ ...waits, isBearable: isBearable(waits) }).toEqual({ ...waits, isBearable: true });
}, 120_000);
