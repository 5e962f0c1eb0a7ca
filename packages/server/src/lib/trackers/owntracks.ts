import { isObject, type Json, parseJson, shortText } from "./json.ts";
import { metresPerSecond, numberOf, scaled } from "./numbers.ts";
import { Points, type RawPoint } from "./points.ts";
import { atOf } from "./times.ts";
import type { Arrival, Read, Sent } from "./types.ts";

/**
 * OwnTracks in HTTP mode: one JSON object a request, told apart by `_type`. `vel` is km/h, `tst` seconds.
 * `u` and `d` in the query, `X-Limit-U` and the topic say nothing about who this is.
 */
export function readOwnTracks(sent: Sent, now: number): Read {
  const points = new Points(now);
  // The app sends an empty body when somebody deletes a friend.
  if (sent.body.byteLength === 0) return points.read();
  const message = parseJson(sent.body);
  if (!isObject(message) || typeof message._type !== "string") points.drop("unreadable");
  else if (message._type === "location") points.add(rawPoint(message));
  else if (message._type === "transition") return readTransition(message, points, now);
  else if (message._type === "encrypted") points.drop("encrypted");
  return points.read();
}

function readTransition(message: Json, points: Points, now: number): Read {
  if (message.lat !== undefined || message.lon !== undefined) points.add(rawPoint(message));
  const arrival = message.event === "enter" ? arrivalOf(message, points, now) : undefined;
  return points.read(arrival);
}

/** iOS writes the time of the fix into `tst`, and into `created_at` when it happened, where that is another. */
function arrivalOf(message: Json, points: Points, now: number): Arrival | undefined {
  const created = atOf(message.created_at);
  const fixed = atOf(message.tst);
  const said = typeof created === "number" ? created : fixed;
  const at = said === "absent" ? now / 1000 : said;
  if (at === "unreadable" || points.isFuture(at)) return undefined;
  const made = atOf(message.wtst);
  return {
    at,
    region: shortText(message.desc),
    regionId: shortText(message.rid),
    regionMadeAt: typeof made === "number" ? made : null,
  };
}

function rawPoint(message: Json): RawPoint {
  return {
    latitude: numberOf(message.lat),
    longitude: numberOf(message.lon),
    accuracy: numberOf(message.acc),
    altitude: numberOf(message.alt),
    speed: scaled(numberOf(message.vel), metresPerSecond.kmh),
    heading: numberOf(message.cog),
    battery: numberOf(message.batt),
    at: atOf(message.tst),
  };
}
