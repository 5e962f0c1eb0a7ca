import { isObject, type Json, objectOf, parseJson } from "./json.ts";
import { numberOf, scaled } from "./numbers.ts";
import { Points, type RawPoint } from "./points.ts";
import { atOf } from "./times.ts";
import type { Read, Sent } from "./types.ts";

/** Overland: batches of GeoJSON points, longitude first. */
export function readOverland(sent: Sent, now: number): Read {
  const points = new Points(now);
  const message = parseJson(sent.body);
  if (!isObject(message) || !Array.isArray(message.locations)) {
    points.drop("unreadable");
    return points.read();
  }
  for (const feature of message.locations) {
    if (!isObject(feature)) points.drop("unreadable");
    else if (isFix(feature)) points.add(rawPoint(feature));
  }
  // Where the queue is long, these are where the phone is now; otherwise the batch has them too.
  for (const newest of [message.current, objectOf(message.trip).current_location]) {
    if (isObject(newest) && isFix(newest)) points.addOnce(rawPoint(newest));
  }
  return points.read();
}

/**
 * The app also writes down what it does (`action`) and trips that ended, with the time of that and the last known
 * position, which may be hours old. Only a visit that has not ended says where the phone is at that time.
 */
function isFix(feature: Json): boolean {
  const properties = objectOf(feature.properties);
  if (properties.type === "trip") return false;
  if (properties.action === undefined) return true;
  return properties.action === "visit" && (properties.departure_date ?? null) === null;
}

function rawPoint(feature: Json): RawPoint {
  const { coordinates } = objectOf(feature.geometry);
  const [longitude, latitude]: unknown[] = Array.isArray(coordinates) ? coordinates : [];
  const properties = objectOf(feature.properties);
  return {
    latitude: numberOf(latitude),
    longitude: numberOf(longitude),
    accuracy: numberOf(properties.horizontal_accuracy),
    altitude: numberOf(properties.altitude),
    speed: numberOf(properties.speed),
    heading: numberOf(properties.course),
    battery: scaled(numberOf(properties.battery_level), 100),
    at: atOf(properties.timestamp),
  };
}
