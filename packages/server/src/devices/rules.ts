import type { Device, DeviceId, IngestProtocol } from "@jarvis/contract";
import { limits } from "@jarvis/contract";

interface Shown {
  id: DeviceId;
  name: string;
  friends: number;
  created_ms: number;
  used_ms: number | null;
  app: IngestProtocol | null;
  problem: string | null;
  problem_ms: number | null;
}

export function toDevice(row: Shown): Device {
  const { id, name, created_ms, used_ms, app, problem, problem_ms } = row;
  const told = problem === null || problem_ms === null ? null : { code: problem, at_ms: problem_ms };
  return { id, name, friends: row.friends === 1, created_ms, used_ms, app, problem: told };
}

const latin = /[^A-Z0-9]+/g;

/** The characters of a name that a `tid` may have, words apart. */
function wordsOf(name: string): string[] {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toUpperCase();
  return plain.split(latin).filter((word) => word !== "");
}

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/** Apps tell upper and lower case apart, people hardly: these come last. */
const all = `${upper}abcdefghijklmnopqrstuvwxyz`;

/**
 * Two characters by which OwnTracks knows a person: of their name where that is free, else the next that are. Null where
 * nothing is: that takes 3,844 people on one device.
 */
export function freeTid(name: string, isTaken: (tid: string) => boolean): string | null {
  const [first = "", second = ""] = wordsOf(name);
  const wanted = [first.slice(0, 1) + second.slice(0, 1), first.slice(0, 2)].filter(
    (tid) => tid.length === 2,
  );
  const found = wanted.find((tid) => !isTaken(tid));
  if (found !== undefined) return found;
  const begun = first.slice(0, 1);
  return (
    (begun === "" ? null : among([begun], upper, isTaken)) ??
    among(upper, upper, isTaken) ??
    among(all, all, isTaken)
  );
}

function among(firsts: Iterable<string>, seconds: string, isTaken: (tid: string) => boolean): string | null {
  for (const first of firsts) {
    for (const second of seconds) if (!isTaken(first + second)) return first + second;
  }
  return null;
}

/** What a region on the phone is called, and known by: it has to be an instant, and another for each event. */
export interface Region {
  readonly desc: string;
  readonly tst: number;
}

const firstRegionS = 1_000_000_000;
const regionSpanS = 700_000_000;

/** `hash` is of the event's id: an event moved elsewhere keeps its region. */
export function regionOf(name: string, hash: Uint8Array): Region {
  const number = new DataView(hash.buffer, hash.byteOffset).getUint32(0);
  return { desc: `Jarvis: ${name}`, tst: firstRegionS + (number % regionSpanS) };
}

/** How wide around a venue a phone notices: less is missed too often, and `arrived` begins at 100 m. */
export const regionRadiusM = 120;
/** How long before its start an event's venue is handed out. */
export const regionAheadMs = 24 * 60 * 60_000;

/** One device's share of the disk: it fills up as time passes, and each request takes one of it. */
export interface Burst {
  left: number;
  atMs: number;
}

/** Takes one; false where nothing is left, and the newest point alone counts. */
export function takeOne(burst: Burst, nowMs: number): boolean {
  const since = Math.max(0, nowMs - burst.atMs) / 1_000;
  burst.left = Math.min(limits.ingestBurst, burst.left + since * limits.ingestPerSecond);
  burst.atMs = nowMs;
  if (burst.left < 1) return false;
  burst.left -= 1;
  return true;
}
