import type { Context } from "../../context.ts";
import { newRegion, type Watched } from "../../devices/region.ts";
import { seenBy, type SeenPerson } from "../../devices/seen.ts";
import type { KnownDevice } from "../../devices/tokens.ts";

/**
 * What OwnTracks is answered: whom its person may see now, and the next venue to watch. One element that Android does not
 * know loses the whole answer, so there is none but `location`, `card` and `cmd` `setWaypoints`.
 */
export async function ownTracksAnswer(ctx: Context, device: KnownDevice): Promise<string> {
  const region = await newRegion(ctx, device);
  const { self, others, tids } = await seenBy(ctx, device);
  const elements: string[] = [];
  for (const person of others) {
    const tid = tids.get(person.id);
    if (tid !== undefined) elements.push(locationOf(person, tid), cardOf(person.username, tid));
  }
  const own = self === null ? undefined : tids.get(self.id);
  if (self !== null && own !== undefined) elements.push(cardOf(self.username, own));
  if (region !== null) elements.push(waypointsOf(region));
  return `[${elements.join(",")}]`;
}

/**
 * Written by hand, as it is written most: a finite number is JSON as it is, and a `tid` has nothing to be escaped. Both
 * apps know a friend by the last part of the topic. Without an instant Android refuses a location: a fix of the first
 * second of 1970 is told a second later.
 */
function locationOf(person: SeenPerson, tid: string): string {
  const { latitude, longitude, accuracy, speed, heading, battery, at_ms } = person;
  const tst = Math.max(1, Math.floor(at_ms / 1_000));
  const known =
    whole("acc", accuracy) +
    whole("vel", typeof speed === "number" ? speed * kmhPerMps : null) +
    whole("cog", heading) +
    whole("batt", battery);
  return `{"_type":"location","lat":${latitude},"lon":${longitude},"tst":${tst},${known}${named(tid)}}`;
}

const kmhPerMps = 3.6;

/** The apps take whole numbers alone, and 0 for unknown only in some places: what is unknown is left out. */
function whole(name: string, value: number | null | undefined): string {
  return value === null || value === undefined ? "" : `"${name}":${Math.round(value)},`;
}

function cardOf(username: string, tid: string): string {
  return `{"_type":"card","name":${JSON.stringify(username)},${named(tid)}}`;
}

function named(tid: string): string {
  return `"tid":"${tid}","topic":"owntracks/http/${tid}"`;
}

function waypointsOf({ desc, tst, latitude, longitude, radiusM }: Watched): string {
  const waypoint = { _type: "waypoint", desc, lat: latitude, lon: longitude, rad: radiusM, tst };
  const waypoints = { _type: "waypoints", waypoints: [waypoint] };
  return JSON.stringify({ _type: "cmd", action: "setWaypoints", waypoints });
}
