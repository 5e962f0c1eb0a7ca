import { parseArgs } from "node:util";
import { createClient, JarvisError, JarvisNetworkError } from "@jarvis/sdk";
import { type Traveller, travel } from "./journey.ts";
import { arrive, type Cast, type Person, roles } from "./people.ts";
import { prove } from "./proof.ts";
import { seeded } from "./seeded.ts";
import { befriend, consent, place, plan, talk } from "./story.ts";
import { createScreen, renderTable } from "./table.ts";
import { trackTo } from "./tracks.ts";
import { Unmet } from "./view.ts";

/** Five friends meet, through the SDK alone: `npm run demo -- --url http://localhost:3000 --speed 60 --seed 1`. */
async function main(): Promise<void> {
  const { url, speed, seed } = readOptions();
  await createClient({ baseUrl: url }).operations.health();
  const run = crypto.randomUUID().slice(0, 6);
  const people: Person[] = [];
  try {
    for (const role of roles) people.push(await patiently(() => arrive(url, role, run)));
    await meet(castOf(people), speed, seed);
  } finally {
    for (const { connection } of people) connection.close();
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://localhost:3000" },
      speed: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
    },
  });
  const [speed, seed] = [Number(values.speed), Number(values.seed)];
  if (!URL.canParse(values.url)) throw new Unmet(`--url ${values.url} is not an address`);
  if (!(speed > 0 && speed <= 1_000)) throw new Unmet("--speed is a number from 0 to 1000");
  if (!Number.isSafeInteger(seed)) throw new Unmet("--seed is a whole number");
  return { url: values.url, speed, seed };
}

function castOf([ana, ben, cho, dev, eli]: Person[]): Cast {
  if (!ana || !ben || !cho || !dev || !eli) throw new Error("the story needs five");
  return { ana, ben, cho, dev, eli };
}

async function meet(cast: Cast, speed: number, seed: number): Promise<void> {
  console.log("Ana, Ben, Cho, Dev and Eli have signed up.");
  await befriend(cast);
  const startMs = Date.now() + 10 * 60_000;
  const event = await plan(cast, Math.round(startMs / 1_000));
  console.log(
    `Ana has four friends; a poll has found the time that all can make, and all five have accepted "${event.name}" in ten minutes.`,
  );
  await talk(cast, event);
  await consent(cast, event);
  console.log("They have talked, and each has consented to be seen on the way.\n");
  const random = seeded(seed);
  const people = Object.values(cast);
  const travellers: Traveller[] = people.map((person) => ({
    person,
    track: trackTo(place, person.itinerary, random),
  }));
  const screen = createScreen(process.stdout);
  const title = (travelledS: number) =>
    `${place.name} at ${new Date(startMs).toLocaleTimeString([], { timeStyle: "short" })} · ${minutes(travelledS)} on the way, ${speed} × real speed`;
  const draw = (travelledS: number) => screen.draw(renderTable(people, title(travelledS)));
  await travel({ event, cast, travellers, speed, draw });
  screen.finish();
  const proven = await prove(cast, event);
  console.log(
    ["All have arrived. What this run has shown:", ...proven.map((line) => `  ✓ ${line}`)].join("\n"),
  );
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
