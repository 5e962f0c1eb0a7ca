import { expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import type { BurstCall } from "./support/burst.ts";
import { seedGreatPoll } from "./support/great-poll.ts";
import { isBearable, waitsBeside } from "./support/measuring.ts";
import { seedUser } from "./support/seed.ts";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";

test("case 80: searches, lists and events of 1,000 people hold nobody up", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  const ctx = await createContext(loadConfig(env));
  const [ann, bob, ...others] = await Promise.all(
    Array.from({ length: 1_001 }, (_, i) => seedUser(ctx, `person${i}`)),
  );
  await ctx.db.close();
  if (ann === undefined || bob === undefined) throw new Error("people were seeded");
  const people = others.map(({ id }) => id);
  await using server = await startProcess(env);
  const headers = { authorization: `Bearer ${ann.token}`, "content-type": "application/json" };
  const made = async (body: object): Promise<string> => {
    const answer = await fetch(`${server.url}/event`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()).response.id;
  };
  const event = await made({ name: "Concert", duration: 3600, people });
  const chat = await made({ name: "Dinner", duration: 3600, people: [bob.id] });
  const call = (method: string, path: string, body?: object): BurstCall => {
    return { url: server.url + path, method, token: ann.token, body };
  };
  const reads = ["/user?q=person", `/user/${ann.id}/events`, `/event/${event}`, `/chat/${event}`].map(
    (path) => call("GET", path),
  );
  const create = call("POST", "/event", { name: "Concert", duration: 3600, people });
  const twenty = [...reads, ...reads, ...reads, ...reads, ...reads.slice(1), create];
  const { statuses, ...waits } = await waitsBeside(twenty, { server, user: bob, chat });
  expect(new Set(statuses)).toEqual(new Set([200, 201]));
  expect({ ...waits, isBearable: isBearable(waits) }).toEqual({ ...waits, isBearable: true });
}, 60_000);

test("case 80: a poll of 1,000 people and 200 times holds nobody up", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  const ctx = await createContext(loadConfig(env));
  const voters = await Promise.all(Array.from({ length: 1_000 }, (_, i) => seedUser(ctx, `voter${i}`)));
  const { event, chat, options } = await seedGreatPoll(ctx, voters);
  await ctx.db.close();
  const [ann, bob, ...others] = voters;
  if (ann === undefined || bob === undefined) throw new Error("people were seeded");
  await using server = await startProcess(env);
  const path = `${server.url}/event/${event}`;
  const votesOf = (turn: number) =>
    Object.fromEntries(options.map((id, index) => [id, (turn + index) % 2 === 0 ? "yes" : "no"]));
  const read: BurstCall = { url: `${path}/options`, method: "GET", token: ann.token };
  const votes = others.slice(0, 10).map(({ token }, turn): BurstCall => {
    return { url: `${path}/votes`, method: "PUT", token, body: votesOf(turn) };
  });
  const twenty = [...Array.from({ length: 10 }, () => read), ...votes];
  const { statuses, ...waits } = await waitsBeside(twenty, { server, user: bob, chat });
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect({ ...waits, isBearable: isBearable(waits) }).toEqual({ ...waits, isBearable: true });
}, 60_000);
