import { z } from "zod";
import { readGpsLogger } from "../../../src/lib/trackers/gpslogger.ts";
import { readOsmAnd } from "../../../src/lib/trackers/osmand.ts";
import { readOverland } from "../../../src/lib/trackers/overland.ts";
import { readOwnTracks } from "../../../src/lib/trackers/owntracks.ts";
import type { Read, Sent } from "../../../src/lib/trackers/types.ts";

/** A minute after the last fix of the journey, unix ms. */
export const journeyOverMs = Date.UTC(2030, 5, 1, 18, 3, 30);

const fix = z.strictObject({
  latitude: z.number(),
  longitude: z.number(),
  accuracy: z.number(),
  altitude: z.number(),
  speed: z.number(),
  heading: z.number(),
  battery: z.number(),
  at: z.number(),
});

const request = z.strictObject({
  method: z.string(),
  /** `TOKEN` stands for the device's. */
  target: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const about = { version: z.string(), source: z.string().min(5), what: z.string() };

const recording = z.strictObject({
  ...about,
  /** What this form tells beside the place. */
  carries: z.array(z.enum(["accuracy", "altitude", "speed", "heading", "battery", "at"])),
  requests: z.array(request),
});

const beside = z.strictObject({
  ...about,
  request,
  points: z.int(),
  dropped: z.array(z.strictObject({ code: z.string(), count: z.int() })),
  arrival: z
    .strictObject({
      at: z.number(),
      region: z.string().nullable(),
      regionId: z.string().nullable(),
      regionMadeAt: z.number().nullable(),
    })
    .optional(),
});

export const protocols = ["owntracks", "osmand", "overland", "gpslogger"] as const;
export type TrackerProtocol = (typeof protocols)[number];

const corpusFile = z.strictObject({
  protocol: z.enum(protocols),
  app: z.string(),
  /** The journey, as this app tells it. */
  recordings: z.array(recording),
  /** What it sends besides. */
  beside: z.array(beside),
});

export type CorpusFile = z.output<typeof corpusFile>;
export type CorpusRequest = z.output<typeof request>;
export type Fix = z.output<typeof fix>;

export const apps = [
  "owntracks-android",
  "owntracks-ios",
  "traccar-client",
  "osmand",
  "overland",
  "gpslogger",
] as const;

const folder = new URL("../../fixtures/trackers/", import.meta.url);

export async function loadApp(app: (typeof apps)[number]): Promise<CorpusFile> {
  return corpusFile.parse(await Bun.file(new URL(`${app}.json`, folder)).json());
}

export async function loadJourney(): Promise<Fix[]> {
  return z.array(fix).parse(await Bun.file(new URL("journey.json", folder)).json());
}

/** A request as the readers get it. */
export function sentOf({ method, target, headers, body }: CorpusRequest): Sent {
  return {
    method,
    query: new URL(target, "http://localhost").searchParams,
    contentType: headers["content-type"] ?? null,
    userAgent: headers["user-agent"] ?? null,
    body: new TextEncoder().encode(body),
  };
}

export const readers: Readonly<Record<TrackerProtocol, (sent: Sent, now: number) => Read>> = {
  owntracks: readOwnTracks,
  osmand: readOsmAnd,
  overland: readOverland,
  gpslogger: readGpsLogger,
};
