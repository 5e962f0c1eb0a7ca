import { pollDue } from "../../../src/calendars/polling.ts";
import { span } from "./events.ts";
import type { GoogleWorld } from "./world.ts";

export const hour = 60 * 60_000;
// The clock begins on 1 June 2030, 12:00 UTC.
export const lunchTimes = ["2030-06-02T10:00", "2030-06-02T11:00"];
export const dinnerTimes = ["2030-06-03T18:00", "2030-06-03T20:00"];

export function meals({ google }: GoogleWorld): void {
  google.primary.put(
    { id: "lunch", ...span("2030-06-02T12:00:00+02:00", "2030-06-02T13:00:00+02:00") },
    { id: "dinner", ...span("2030-06-03T18:00:00Z", "2030-06-03T20:00:00Z") },
  );
}

/** An hour and a bit later, when it is read again. */
export async function poll(world: GoogleWorld): Promise<void> {
  world.clock.set(world.clock.now() + 1.2 * hour);
  await pollDue(world.server.ctx);
}

export async function googleRows(world: GoogleWorld) {
  const { read } = world.server.ctx.db;
  const count = async (table: "calendar" | "google_calendar" | "google_flow" | "google_revocation") =>
    (
      await read
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;
  return [
    await count("calendar"),
    await count("google_calendar"),
    await count("google_flow"),
    await count("google_revocation"),
  ];
}
