import { type EventId, eventStream, type TravelCode, type UserId, userStream } from "@jarvis/contract";
import { type Entry, renderAll } from "../../src/realtime/render.ts";
import { TravelWatch } from "../../src/travel/service.ts";
import { minute, plaza } from "./meeting.ts";
import type { Json, Person, World } from "./world.ts";

/** A look at everybody who is on their way, as housekeeping takes one every 20 seconds. */
export async function lookAtTravel(world: World): Promise<void> {
  const watch = new TravelWatch(world.server.ctx);
  await watch.tick();
  watch.stop();
}

type Told = Entry & { readonly data: { user: UserId; code: TravelCode; event?: EventId } };

/** Of one event, in its own log and in those of people, by the instant. */
async function travelEntries(world: World, event: EventId): Promise<Told[]> {
  const rows = await world.server.ctx.db.read
    .selectFrom("entry")
    .selectAll()
    .where("kind", "=", "travel")
    .orderBy("at_ms")
    .orderBy("seq")
    .execute();
  const told = rows.map((row) => Object.assign(row, { data: JSON.parse(row.data) as Told["data"] })); // as it was written
  return told.filter(({ stream, data }) => stream === eventStream(event) || data.event === event);
}

/** What was told of journeys in an event, as it is stored, oldest first; what several were told beside its log once. */
export async function toldIn(world: World, event: EventId): Promise<Json[]> {
  const entries = await travelEntries(world, event);
  const own = entries.filter(
    ({ stream, data }) => !stream.startsWith("user:") || stream === `user:${data.user}`,
  );
  return own.map(({ data }) => data);
}

/** What a person is told of the journeys in an event if they resume all they may read from the beginning now. */
export async function heardBy(world: World, person: Person, event: EventId): Promise<unknown[]> {
  const entries = await travelEntries(world, event);
  const heard = [];
  for (const entry of entries) {
    if (entry.stream.startsWith("user:") && entry.stream !== userStream(person.id)) continue;
    const [{ data, instead } = { data: null }] = await renderAll(world.server.ctx, [entry]);
    const own = instead?.has(person.id) ? (instead.get(person.id) ?? null) : data;
    if (own !== null) heard.push(own["code"]);
  }
  return heard;
}

export function codesOf(told: readonly { code: TravelCode }[]): TravelCode[] {
  return told.map(({ code }) => code);
}

/** So many metres north of the plaza. */
export function northBy(metres: number): { latitude: number; longitude: number } {
  return { latitude: plaza.latitude + metres / 111_195, longitude: plaza.longitude };
}

/** Walks straight towards the plaza, with a fix every ten seconds and a look after each minute. */
export async function travel(
  world: World,
  person: Person,
  { fromM, toM, mps }: { fromM: number; toM: number; mps: number },
): Promise<void> {
  const { clock } = world;
  for (let m = fromM, i = 0; m >= toM; m -= mps * 10, i++) {
    await person.call("POST", `/user/${person.id}/location`, { ...northBy(m), accuracy: 8 });
    clock.set(clock.now() + 10_000);
    if (i % 6 === 5) await lookAtTravel(world);
  }
  await lookAtTravel(world);
}

/** Stays where they are for a few minutes. */
export async function stay(world: World, person: Person, atM: number, ms = 2 * minute): Promise<void> {
  const untilMs = world.clock.now() + ms;
  while (world.clock.now() < untilMs) {
    await person.call("POST", `/user/${person.id}/location`, { ...northBy(atM), accuracy: 8 });
    world.clock.set(world.clock.now() + 15_000);
  }
  await lookAtTravel(world);
}
