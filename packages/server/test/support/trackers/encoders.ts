import type { CorpusRequest, TrackerProtocol } from "./corpus.ts";
import { form, java, json, kmhOfMs, knotsOfMs, orNull, query, seconds, withoutNull } from "./writing.ts";

/** A fix in our units; what the phone does not know is null. */
export interface KnownFix {
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  /** Unix ms. */
  atMs: number;
}

export interface Form {
  protocol: TrackerProtocol;
  encode(fix: KnownFix): CorpusRequest;
  /** How exactly it can say each; `null`: not at all. */
  exact: Record<
    "degrees" | "accuracy" | "altitude" | "speed" | "heading" | "battery" | "atMs",
    number | null
  >;
}

/*
 * Written from what is published of each protocol, without a look at the readers.
 */
const owntracks: Form = {
  protocol: "owntracks",
  exact: {
    degrees: 0,
    accuracy: 0.5,
    altitude: 0.5,
    speed: 0.5 / 3.6,
    heading: 0.5,
    battery: 0.5,
    atMs: 1000,
  },
  encode: (fix) => ({
    method: "POST",
    target: "/ingest/owntracks",
    headers: { ...json, "user-agent": "Owntracks-Android/gms/420600000" },
    body: JSON.stringify(
      {
        _type: "location",
        tid: "an",
        lat: fix.latitude,
        lon: fix.longitude,
        acc: orNull(fix.accuracy, Math.round),
        alt: orNull(fix.altitude, Math.round),
        vel: orNull(fix.speed, (ms) => Math.round(kmhOfMs(ms))),
        cog: orNull(fix.heading, Math.round),
        batt: orNull(fix.battery, Math.round),
        tst: seconds(fix.atMs),
      },
      withoutNull,
    ),
  }),
};

const traccarQuery: Form = {
  protocol: "osmand",
  exact: { degrees: 0, accuracy: 0, altitude: 0, speed: 1e-3, heading: 0, battery: 0, atMs: 1000 },
  encode: (fix) => ({
    method: "POST",
    target: `/ingest/osmand?${traccarFields(fix, java)}`,
    headers: {},
    body: "",
  }),
};

const traccarForm: Form = {
  ...traccarQuery,
  exact: { ...traccarQuery.exact, speed: 0.01 },
  encode: (fix) => ({
    method: "POST",
    target: "/ingest/osmand",
    headers: { ...form, "user-agent": "ktor-client" },
    body: traccarFields(fix, (knots) => java(Math.round(knots * 100) / 100)),
  }),
};

function traccarFields(fix: KnownFix, speed: (knots: number) => string): string {
  return query({
    id: "48241179",
    timestamp: String(seconds(fix.atMs)),
    lat: java(fix.latitude),
    lon: java(fix.longitude),
    speed: orNull(fix.speed, (ms) => speed(knotsOfMs(ms))),
    bearing: orNull(fix.heading, java),
    altitude: orNull(fix.altitude, java),
    accuracy: orNull(fix.accuracy, java),
    batt: orNull(fix.battery, java),
    charge: "true",
  });
}

const traccarJson: Form = {
  protocol: "osmand",
  exact: { degrees: 0, accuracy: 0, altitude: 0, speed: 0, heading: 0, battery: 1e-3, atMs: 1 },
  encode: (fix) => ({
    method: "POST",
    target: "/ingest/osmand",
    headers: json,
    body: JSON.stringify({
      location: {
        timestamp: new Date(fix.atMs).toISOString(),
        coords: {
          latitude: fix.latitude,
          longitude: fix.longitude,
          accuracy: fix.accuracy ?? -1,
          speed: fix.speed ?? -1,
          heading: fix.heading ?? -1,
          altitude: fix.altitude ?? undefined,
        },
        battery: { level: fix.battery === null ? -1 : fix.battery / 100, is_charging: false },
        _: `&id=1&lat=0.1&lon=0.1&timestamp=1970-01-02T00:00:00Z&`,
      },
      device_id: "48241179",
    }),
  }),
};

const osmandApp: Form = {
  protocol: "osmand",
  exact: { degrees: 0, accuracy: 0, altitude: 0, speed: 0, heading: 0, battery: null, atMs: 1 },
  encode: (fix) => ({
    method: "GET",
    target: `/ingest/osmand?${query({
      lat: java(fix.latitude),
      lon: java(fix.longitude),
      timestamp: String(fix.atMs),
      hdop: java(fix.accuracy ?? 0),
      altitude: orNull(fix.altitude, java),
      speed: orNull(fix.speed, java),
      bearing: orNull(fix.heading, java),
    })}`,
    headers: {},
    body: "",
  }),
};

const overland: Form = {
  protocol: "overland",
  exact: { degrees: 0, accuracy: 0.5, altitude: 0.5, speed: 0.5, heading: 0.5, battery: 1e-3, atMs: 1000 },
  encode: (fix) => ({
    method: "POST",
    target: "/ingest/overland",
    headers: json,
    body: JSON.stringify({
      locations: [
        {
          type: "Feature",
          geometry: { type: "Point", coordinates: [fix.longitude, fix.latitude] },
          properties: {
            timestamp: westOfGreenwich(fix.atMs),
            altitude: orNull(fix.altitude, Math.round) ?? undefined,
            speed: Math.round(fix.speed ?? -1),
            course: Math.round(fix.heading ?? -1),
            horizontal_accuracy: Math.round(fix.accuracy ?? -1),
            battery_level: fix.battery === null ? -1 : fix.battery / 100,
          },
        },
      ],
    }),
  }),
};

/** The same instant on a clock seven hours behind. */
function westOfGreenwich(ms: number): string {
  return `${new Date(ms - 7 * 3_600_000).toISOString().slice(0, 19)}-0700`;
}

const gpsLogger: Form = {
  protocol: "gpslogger",
  exact: { degrees: 0, accuracy: 0, altitude: 0, speed: 0, heading: 0, battery: 0, atMs: 1 },
  encode: (fix) => ({ method: "GET", target: `/ingest/gpslogger?${allOf(fix)}`, headers: {}, body: "" }),
};

const gpsLoggerForm: Form = {
  ...gpsLogger,
  encode: (fix) => ({ method: "PUT", target: "/ingest/gpslogger", headers: form, body: allOf(fix) }),
};

const gpsLoggerJson: Form = {
  protocol: "gpslogger",
  exact: { ...gpsLogger.exact, speed: 1e-3, atMs: 1000 },
  encode: (fix) => ({
    method: "POST",
    target: "/ingest/gpslogger",
    headers: json,
    body: JSON.stringify({
      lat: String(fix.latitude),
      lon: fix.longitude,
      acc: fix.accuracy,
      alt: fix.altitude ?? "",
      spd_kph: orNull(fix.speed, kmhOfMs) ?? "",
      dir: fix.heading,
      batt: fix.battery ?? "",
      timestamp: seconds(fix.atMs),
    }),
  }),
};

function allOf(fix: KnownFix): string {
  return query({
    lat: java(fix.latitude),
    lon: java(fix.longitude),
    alt: orNull(fix.altitude, java) ?? "",
    acc: java(fix.accuracy ?? 0),
    dir: orNull(fix.heading, java) ?? "",
    spd_kph: orNull(fix.speed, (ms) => java(kmhOfMs(ms))) ?? "",
    spd: orNull(fix.speed, java) ?? "",
    timestamp: String(seconds(fix.atMs)),
    time: new Date(fix.atMs).toISOString(),
    batt: orNull(fix.battery, java) ?? "",
    ischarging: "false",
  });
}

export const forms: Readonly<Record<string, Form>> = {
  OwnTracks: owntracks,
  "Traccar Client 7": traccarQuery,
  "Traccar Client 9": traccarJson,
  "Traccar Client 10": traccarForm,
  OsmAnd: osmandApp,
  Overland: overland,
  "GPSLogger %ALL": gpsLogger,
  "GPSLogger form": gpsLoggerForm,
  "GPSLogger JSON": gpsLoggerJson,
};
