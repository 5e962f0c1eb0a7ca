import { reportCalendars } from "./calendars.ts";
import { reportClosedLoop } from "./closed-loop.ts";
import { reportFreeTime } from "./free-time.ts";
import { reportIsolation } from "./isolation.ts";
import { reportOwnTracks } from "./owntracks.ts";
import { reportPositions } from "./positions.ts";
import { reportPostgres } from "./postgres.ts";
import { pinLoad } from "./process.ts";
import { reportReconnect } from "./reconnect.ts";

/** Parts that are measured by themselves: true when all that were asked for hold. */
export async function runParts(asked: {
  reconnect: boolean;
  isolation: boolean;
  "closed-loop": boolean;
  calendars: boolean;
  "free-time": boolean;
  owntracks: boolean;
  quick: boolean;
  positions: boolean;
  postgres: boolean;
}): Promise<boolean> {
  const held: boolean[] = [];
  // Before anything is pinned: its processes are on any core, as the server's are.
  if (asked.calendars) held.push(await reportCalendars());
  const isPinned = [
    asked.reconnect,
    asked.isolation,
    asked["closed-loop"],
    asked["free-time"],
    asked.owntracks,
    asked.positions,
    asked.postgres,
  ];
  if (!isPinned.includes(true)) return !held.includes(false);
  console.log(`load pinned to its own core: ${pinLoad() ? "yes" : "no"}`);
  if (asked.reconnect) held.push(await reportReconnect());
  if (asked.isolation) held.push(await reportIsolation());
  if (asked["closed-loop"]) held.push(await reportClosedLoop());
  if (asked.positions) held.push(await reportPositions());
  if (asked.postgres) held.push(await reportPostgres(asked.quick));
  if (asked["free-time"]) held.push(await reportFreeTime());
  if (asked.owntracks) held.push(await reportOwnTracks(asked.quick));
  return !held.includes(false);
}
