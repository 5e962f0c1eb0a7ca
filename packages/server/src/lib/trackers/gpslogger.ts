import { anyOf, type Fields, fieldsOf, fieldsOfObject, fieldsOfQuery, looksLikeJson } from "./fields.ts";
import { isObject, parseJson } from "./json.ts";
import { metresPerSecond, numberWithComma, scaled } from "./numbers.ts";
import { Points, type RawPoint } from "./points.ts";
import { firstAt } from "./times.ts";
import type { Read, Sent } from "./types.ts";

/**
 * GPSLogger's "Custom URL": any method, and a template of the person's own in the query, a form or flat JSON. The names
 * are those of the app's parameters (as `%ALL` writes them), or the longer ones that people use in their place.
 */
export function readGpsLogger(sent: Sent, now: number): Read {
  const points = new Points(now);
  const fields = fieldsIn(sent);
  if (!fields) {
    points.drop("unreadable");
    return points.read();
  }
  points.add(rawPoint(fields));
  return points.read();
}

function fieldsIn(sent: Sent): Fields | undefined {
  if (!looksLikeJson(sent)) return fieldsOf(sent);
  const message = parseJson(sent.body);
  if (!isObject(message)) return undefined;
  const inBody = fieldsOfObject(message);
  const inQuery = fieldsOfQuery(sent.query);
  return (name) => inQuery(name) ?? inBody(name);
}

function rawPoint(fields: Fields): RawPoint {
  const number = (...names: string[]) => numberWithComma(anyOf(fields, names));
  return {
    latitude: number("lat", "latitude"),
    longitude: number("lon", "lng", "long", "longitude"),
    accuracy: number("acc", "accuracy"),
    altitude: number("alt", "altitude"),
    speed: number("spd", "speed") ?? scaled(number("spd_kph"), metresPerSecond.kmh),
    heading: number("dir", "bearing", "heading"),
    battery: number("batt", "battery"),
    // `time` first: it has milliseconds where `timestamp` has none.
    at: firstAt([fields("time"), fields("timeoffset"), fields("timestamp")]),
  };
}
