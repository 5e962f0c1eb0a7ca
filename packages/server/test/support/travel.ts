import type { EventId, TravelCode } from "@jarvis/contract";
import { TravelWatch } from "../../src/travel/service.ts";
import { minute, plaza } from "./meeting.ts";
import type { Json, Person, World } from "./world.ts";

/** A look at everybody who is on their way, as housekeeping takes one every 20 seconds. */
export async function lookAtTravel(world: World): Promise<void> {
  const watch = new TravelWatch(world.server.ctx);
  await watch.tick();
  watch.stop();
}

/** What was told of journeys in an event, as it is stored, oldest first. */
export async function toldIn(world: World, event: EventId): Promise<Json[]> {
  const rows = await world.server.ctx.db.read
    .selectFrom("entry")
    .select("data")
    .where("stream", "=", `event:${event}`)
    .where("kind", "=", "travel")
    .orderBy("seq")
    .execute();
  return rows.map(({ data }) => JSON.parse(data));
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
