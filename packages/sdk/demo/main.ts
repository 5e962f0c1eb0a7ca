import { parseArgs } from "node:util";
import type { Event } from "@jarvis/contract";
import { createClient, JarvisError, JarvisNetworkError, type Store } from "@jarvis/sdk";
import { type Traveller, travel } from "./journey.ts";
import { boardOf, checkBoard, propose, retrace, showBeside } from "./onward.ts";
import { arrive, type Cast, type Person, roles } from "./people.ts";
import { prove } from "./proof.ts";
import { seeded } from "./seeded.ts";
import { befriend, consent, place, plan, talk } from "./story.ts";
import { createScreen, renderTable } from "./table.ts";
import { type Track, trackTo } from "./tracks.ts";
import { Unmet } from "./view.ts";

/** Five friends meet, through the SDK alone: `npm run demo -- --url http://localhost:3000 --seed 1`. */
async function main(): Promise<void> {
  const { url, seed } = readOptions();
  await createClient({ baseUrl: url }).operations.health();
  const run = crypto.randomUUID().slice(0, 6);
  const people: Person[] = [];
  try {
    for (const role of roles) people.push(await patiently(() => arrive(url, role, run)));
    await meet(castOf(people), seed);
  } finally {
    for (const { connection, reporter } of people) {
      reporter.stop();
      connection.close();
    }
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://localhost:3000" },
      seed: { type: "string", default: "1" },
    },
  });
  const seed = Number(values.seed);
  if (!URL.canParse(values.url)) throw new Unmet(`--url ${values.url} is not an address`);
  if (!Number.isSafeInteger(seed)) throw new Unmet("--seed is a whole number");
  return { url: values.url, seed };
}

function castOf([ana, ben, cho, dev, eli]: Person[]): Cast {
  if (!ana || !ben || !cho || !dev || !eli) throw new Error("the story needs five");
  return { ana, ben, cho, dev, eli };
}

async function meet(cast: Cast, seed: number): Promise<void> {
  console.log("Ana, Ben, Cho, Dev and Eli have signed up.");
  await befriend(cast);
  const startMs = Date.now() + 5 * 60_000;
  const event = await plan(cast, Math.round(startMs / 1_000));
  console.log(
    `Ana has four friends; a poll has found the time that all can make, and all five have accepted "${event.name}" in five minutes.`,
  );
  await talk(cast, event);
  const random = seeded(seed);
  const people = Object.values(cast);
  const tracks = new Map(people.map((person) => [person, trackTo(place, person.itinerary, random)]));
  const startOf = (person: Person) => tracks.get(person)?.at(0) ?? place;
  const proposal = await propose(cast, event, [startOf(cast.dev), startOf(cast.eli)]);
  console.log(`They have talked. A meeting point was proposed (${proposal}); they keep to the square.`);
  await showBeside(cast, startOf(cast.ana));
  await consent(cast, event, tracks);
  console.log(
    "Ana has shown Ben for a moment where she is; then each has consented to be seen on the way.\n",
  );
  const store = cast.ana.client.openStore();
  try {
    await store.ready();
    store.positions.watch(event.id);
    await watchTravel(cast, event, tracks, store);
  } finally {
    store.close();
  }
}

async function watchTravel(
  cast: Cast,
  event: Event,
  tracks: ReadonlyMap<Person, Track>,
  store: Store,
): Promise<void> {
  const people = Object.values(cast);
  const travellers: Traveller[] = [...tracks].map(([person, track]) => ({ person, track }));
  const screen = createScreen(process.stdout);
  const starts = new Date(Number(event.start_time) * 1_000).toLocaleTimeString([], { timeStyle: "short" });
  const title = (travelledS: number) => `${place.name} at ${starts} · ${minutes(travelledS)} on the way`;
  const draw = (travelledS: number) => screen.draw(renderTable(people, title(travelledS)));
  const { resumedMs } = await travel({ event, cast, travellers, draw });
  screen.finish();
  checkBoard(store, cast, event);
  console.log(["Ana's app says:", ...boardOf(store, cast, event).map((line) => `  ${line}`), ""].join("\n"));
  const points = await retrace(cast, event, resumedMs);
  const proven = [
    ...(await prove(cast, event)),
    `the way by which Ben came: ${points} points, in memory alone; of Dev's nothing from the pause`,
  ];
  console.log(["What this run has shown:", ...proven.map((line) => `  ✓ ${line}`)].join("\n"));
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/** A server that has just seen other sign-ups from here asks to wait. */
async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof JarvisError) || error.retryAfterS === null) throw error;
      console.log(`The server limits sign-ups: waiting ${error.retryAfterS} s.`);
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterS ?? 1) * 1_000));
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof JarvisNetworkError) return `${error.message}. Start a server first: npm start`;
  if (error instanceof JarvisError) return `The server refused a call: ${error.message}`;
  if (error instanceof Unmet) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await main();
} catch (error) {
  console.error(`\nThe demo failed: ${explain(error)}`);
  process.exitCode = 1;
}
