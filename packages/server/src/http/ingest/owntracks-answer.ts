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
function locationOf({ latitude, longitude, accuracy, at_ms }: SeenPerson, tid: string): string {
  const tst = Math.max(1, Math.floor(at_ms / 1_000));
  const acc = accuracy === null ? "" : `"acc":${Math.round(accuracy)},`;
  return `{"_type":"location","lat":${latitude},"lon":${longitude},"tst":${tst},${acc}${named(tid)}}`;
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
