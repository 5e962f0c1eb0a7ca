import { type IngestProtocol, ingestProtocols } from "@jarvis/contract";
import { readGpsLogger } from "../../lib/trackers/gpslogger.ts";
import { readOsmAnd } from "../../lib/trackers/osmand.ts";
import { readOverland } from "../../lib/trackers/overland.ts";
import { readOwnTracks } from "../../lib/trackers/owntracks.ts";
import type { Read, Sent } from "../../lib/trackers/types.ts";

interface Protocol {
  readonly read: (sent: Sent, nowMs: number) => Read;
  /** What tells the app that nothing needs to be sent again. */
  readonly done: { readonly type: string; readonly body: string };
}

const json = "application/json";
const plain = "text/plain; charset=utf-8";

export const protocols: Readonly<Record<IngestProtocol, Protocol>> = {
  owntracks: { read: readOwnTracks, done: { type: json, body: "[]" } },
  osmand: { read: readOsmAnd, done: { type: plain, body: "" } },
  overland: { read: readOverland, done: { type: json, body: '{"result":"ok"}' } },
  gpslogger: { read: readGpsLogger, done: { type: plain, body: "OK" } },
};

export const ingestPath = /^\/ingest\/(owntracks|osmand|overland|gpslogger)(?:\/.*)?$/;
/** Phones send with whatever their person has set. */
export const ingestMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** The pattern that the application knows a protocol by, and what metrics and logs call it. */
export function ingestRoute(protocol: IngestProtocol): string {
  return `/ingest/${protocol}/*`;
}

const names = new Map(ingestProtocols.map((protocol) => [ingestRoute(protocol), `/ingest/${protocol}`]));

/** Null for any other route. What is below it in a path is a token, and not part of it. */
export function ingestPattern(route: string): string | null {
  return names.get(route) ?? null;
}
