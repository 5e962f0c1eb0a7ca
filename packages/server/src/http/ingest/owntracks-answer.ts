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
  const { self, others } = await seenBy(ctx, device);
  const elements: object[] = others.flatMap((person) => [locationOf(person), cardOf(person)]);
  if (self !== null) elements.push(cardOf(self));
  if (region !== null) elements.push(waypointsOf(region));
  return JSON.stringify(elements);
}

/** Both apps know a friend by the last part of the topic. */
function topicOf(tid: string): string {
  return `owntracks/http/${tid}`;
}

/** Without an instant Android refuses it: a fix of the first second of 1970 is told a second later. */
function locationOf({ tid, latitude, longitude, accuracy, at_ms }: SeenPerson): object {
  return {
    _type: "location",
    lat: latitude,
    lon: longitude,
    tst: Math.max(1, Math.floor(at_ms / 1_000)),
    ...(accuracy === null ? {} : { acc: Math.round(accuracy) }),
    tid,
    topic: topicOf(tid),
  };
}

function cardOf({ tid, username }: { tid: string; username: string }): object {
  return { _type: "card", tid, name: username, topic: topicOf(tid) };
}

function waypointsOf({ desc, tst, latitude, longitude, radiusM }: Watched): object {
  const waypoint = { _type: "waypoint", desc, lat: latitude, lon: longitude, rad: radiusM, tst };
  return {
    _type: "cmd",
    action: "setWaypoints",
    waypoints: { _type: "waypoints", waypoints: [waypoint] },
  };
}
