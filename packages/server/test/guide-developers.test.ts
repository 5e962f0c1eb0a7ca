import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BrowserPosition, createClient } from "@jarvis/sdk";
import { calendars } from "@jarvis/sdk/examples/calendars";
import { chatApp } from "@jarvis/sdk/examples/chat-app";
import { findTime } from "@jarvis/sdk/examples/poll";
import { findATime } from "@jarvis/sdk/examples/finding-a-time";
import { gettingThere } from "@jarvis/sdk/examples/getting-there";
import { tenMinutes } from "@jarvis/sdk/examples/ten-minutes";
import { everyWeek } from "@jarvis/sdk/examples/weekly";
import { systemClock } from "../src/lib/clock.ts";
import { createCalendarWorld } from "./support/calendars.ts";
import { newEvent } from "./support/events.ts";
import { createSeriesWorld, tuesday } from "./support/series.ts";
import { createWorld } from "./support/world.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

test("the guide's code runs against a server as the guide says", async () => {
  await using world = await createWorld({ overrides: { clock: systemClock } }); // the guide plans from now
  const lines: string[] = [];
  const point = await tenMinutes(world.url, (line) => lines.push(line));
  expect(lines).toEqual([
    "Bob: On my way",
    "Bob is 9200 m away",
    "stored as message 2",
    "somebody changed it meanwhile: fetch it again",
    "Dinner: 2 come",
  ]);
  expect(point?.epoch).toBeString();
});

test("the guide's poll runs against a server as the guide says", async () => {
  await using world = await createWorld({ overrides: { clock: systemClock } });
  const { ada, bob } = await world.people("ada", "bob");
  const [adas, bobs] = [ada, bob].map(({ token }) => createClient({ baseUrl: world.url, token }));
  const lines: string[] = [];
  const event = adas && bobs && (await findTime(adas, bobs, bob.id, (line) => lines.push(line)));
  expect(lines).toEqual(["0 yes, 1 if needed", "1 yes, 0 if needed"]);
  const { options, chosen } = (await bob.call("GET", `/event/${event}/options`)).response;
  expect(chosen).toBe(options[1].id);
});

test("the guide's chat app runs against a server as the guide says", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const { id } = await newEvent(world, ada, { people: [bob.id] });
  const lines: string[] = [];
  const kept = new Map<string, string>();
  const area = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const clients = [ada, bob].map(({ token }) => createClient({ baseUrl: world.url, token }));
  const [adas, bobs] = clients;
  if (adas && bobs) await chatApp(adas, bobs, id, area, (line) => lines.push(line));
  expect(lines.toSorted()).toEqual(
    [
      "heard: Running late",
      "1 unread",
      "0 unread",
      "bob: Running late",
      "No hurry (sending)",
      "heard: No hurry",
      "2 messages, none under way",
    ].toSorted(),
  );
  expect(kept.size).toBe(0);
});

test("the guide's series goes as the guide says", async () => {
  await using world = await createSeriesWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const lines: string[] = [];
  const [adas, bobs] = [ada, bob].map(({ token }) => createClient({ baseUrl: world.url, token }));
  if (adas && bobs) await everyWeek(adas, bobs, bob.id, tuesday(0), (line) => lines.push(line));
  expect(lines).toEqual(["Beach: as for the series, pending", "as always: declined, cancelled"]);
});

test("the guide's search for a time runs against a server as the guide says", async () => {
  await using world = await createWorld({ overrides: { clock: systemClock } }); // the guide looks from now on
  const { ada, bob } = await world.people("ada", "bob");
  const client = ({ token }: typeof ada) => createClient({ baseUrl: world.url, token });
  const lines: string[] = [];
  await findATime(client(ada), client(bob), bob.id, (line) => lines.push(line));
  expect(lines).toEqual(["1 of 2 can: free, unknown, preferred_day"]);
});

test("the guide's calendars are connected and subscribed to as the guide says", async () => {
  await using scene = await createCalendarWorld();
  const { ada } = await scene.world.people("ada");
  const client = createClient({ baseUrl: scene.world.url, token: ada.token });
  const lines: string[] = [];
  const file = new Blob(["BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"]);
  await calendars(client, ada.id, "http://work.example/secret.ics", file, (line) => lines.push(line));
  expect(lines).toEqual([
    "Work: ok, 1 entries count",
    "Holidays: ok, 0 entries count",
    "subscribe to webcal://…",
    expect.stringMatching(/^text\/calendar;\s?charset=utf-8: BEGIN:VCALENDAR\r\n/),
  ]);
});

test("the guide's people get there as the guide says", async () => {
  await using world = await createWorld({ overrides: { clock: systemClock } });
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const start_time = Math.floor(Date.now() / 1_000) + 1_800;
  const place = { latitude: 49.2756, longitude: -123.1213 };
  const { id } = await newEvent(world, ada, { start_time, place, people: [bob.id] });
  await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
  const client = ({ token }: typeof ada) => createClient({ baseUrl: world.url, token });
  const receiver = {
    watchPosition(found: (position: BrowserPosition) => void) {
      found({ timestamp: Date.now(), coords: { latitude: 49.2606, longitude: -123.246, accuracy: 8 } });
      return 1;
    },
    clearWatch: () => {},
  };
  const lines: string[] = [];
  const show = (line: string) => lines.push(line);
  await gettingThere([client(ada), client(bob)], [ada.id, bob.id], id, receiver, show);
  expect(lines).toEqual([
    expect.stringMatching(/^OwnTracks reports to http:.*\/ingest\/owntracks$/),
    "My phone: no problem",
    expect.stringMatching(/^everybody is there in \d+ minutes$/),
    "bob is travelling, 9200 m away",
    expect.stringMatching(/^leave by \d/),
    "on the way: 49.2606",
    "Bob is at 49.27 north",
    "ada looked",
    "ada looked",
  ]);
});

test("every block of the guide is that code", () => {
  const examples = [
    "ten-minutes",
    "poll",
    "weekly",
    "chat-app",
    "finding-a-time",
    "calendars",
    "getting-there",
  ].map((name) => read(`packages/sdk/examples/${name}.ts`));
  const code = unindented(examples.join("\n")).replaceAll("../src/index.ts", "@jarvis/sdk");
  const blocks = [...read("docs/guide-developers.md").matchAll(/```ts\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThan(7);
  for (const [, block = ""] of blocks) expect(code).toContain(unindented(block));
});

function unindented(text: string): string {
  return text.replaceAll(/^ +/gm, "");
}
