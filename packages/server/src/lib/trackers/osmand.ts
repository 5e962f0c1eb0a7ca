import { anyOf, type Fields, fieldsOf, fieldsOfObject, looksLikeJson } from "./fields.ts";
import { isObject, type Json, objectOf, parseJson } from "./json.ts";
import { metresPerSecond, numberOf, scaled } from "./numbers.ts";
import { Points, type RawPoint } from "./points.ts";
import { atOf, secondsMax } from "./times.ts";
import type { Read, Sent } from "./types.ts";

/** The protocol that Traccar Client (all versions) and the OsmAnd app speak, in a query, a form or JSON. */
export function readOsmAnd(sent: Sent, now: number): Read {
  const points = new Points(now);
  if (looksLikeJson(sent)) return readJson(sent, points);
  const fields = fieldsOf(sent);
  readFields(fields, points);
  return points.read();
}

/** Traccar Client 9 sends one `location`, the SDK of version 10 may be set to a list of flat objects. */
function readJson(sent: Sent, points: Points): Read {
  const message = parseJson(sent.body);
  if (Array.isArray(message)) {
    for (const one of message) {
      if (isObject(one)) readFields(fieldsOfObject(one), points);
      else points.drop("unreadable");
    }
    return points.read();
  }
  if (!isObject(message)) points.drop("unreadable");
  else if (isObject(message.location)) points.add(rawOfLocation(message.location));
  else readFields(fieldsOfObject(message), points);
  return points.read();
}

/** m/s and a battery from 0 to 1; -1 is unknown. The field `_` repeats some of it, sometimes of another phone. */
function rawOfLocation(location: Json): RawPoint {
  const coords = objectOf(location.coords);
  return {
    latitude: numberOf(coords.latitude),
    longitude: numberOf(coords.longitude),
    accuracy: numberOf(coords.accuracy),
    altitude: numberOf(coords.altitude),
    speed: numberOf(coords.speed),
    heading: numberOf(coords.heading),
    battery: scaled(numberOf(objectOf(location.battery).level), 100),
    at: atOf(location.timestamp),
  };
}

function readFields(fields: Fields, points: Points): void {
  const [latitude, longitude] = coordinates(fields);
  // The phone only says where it can be woken.
  if (latitude === undefined && longitude === undefined && fields("notificationtoken") !== undefined) return;
  if (isInvalid(fields("valid"))) points.drop("no_position");
  else points.add(rawOfFields(fields, latitude, longitude));
}

function coordinates(fields: Fields): [unknown, unknown] {
  const pair = fields("location");
  if (typeof pair !== "string" || fields("lat") !== undefined) return [fields("lat"), fields("lon")];
  const [latitude, longitude] = pair.split(",", 2);
  return [latitude, longitude];
}

function rawOfFields(fields: Fields, latitude: unknown, longitude: unknown): RawPoint {
  const own = isOsmAndApp(fields);
  const speed = numberOf(fields("speed"));
  return {
    latitude: numberOf(latitude),
    longitude: numberOf(longitude),
    // The app writes the accuracy in metres where its template says `hdop`; of others that is a mere factor.
    accuracy: numberOf(fields(own ? "hdop" : "accuracy")),
    altitude: numberOf(fields("altitude")),
    speed: own ? speed : scaled(speed, metresPerSecond.knot),
    heading: numberOf(anyOf(fields, ["bearing", "heading"])),
    battery: numberOf(fields("batt")),
    at: atOf(fields("timestamp")),
  };
}

/**
 * Its template has `hdop`, which Traccar Client never sends. People may put an id into it; then milliseconds tell it from
 * devices that speak Traccar's protocol, with knots.
 */
function isOsmAndApp(fields: Fields): boolean {
  if (fields("hdop") === undefined || fields("accuracy") !== undefined) return false;
  const isNamed = fields("id") !== undefined || fields("deviceid") !== undefined;
  return !isNamed || (numberOf(fields("timestamp")) ?? 0) >= secondsMax;
}

function isInvalid(value: unknown): boolean {
  return value === false || value === 0 || (typeof value === "string" && !/^(true|1)$/i.test(value));
}
