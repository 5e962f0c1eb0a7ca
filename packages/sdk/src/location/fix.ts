import type { ClientFrameInput } from "@jarvis/contract";

/** A position as it is uploaded. Metres, m/s, degrees, percent; `at` in unix seconds, now where it is missing. */
export type Fix = Omit<Extract<ClientFrameInput, { type: "location" }>, "type" | "ref" | "event">;

/** The part of a browser's `GeolocationPosition` that is used; React Native's libraries give the same. */
export interface BrowserPosition {
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly coords: {
    readonly latitude: number;
    readonly longitude: number;
    readonly accuracy?: number | null;
    readonly altitude?: number | null;
    readonly speed?: number | null;
    readonly heading?: number | null;
  };
}

/** A fix that says when it was made. */
export type MadeFix = Fix & { at: number };

/** What a source gives as a fix; null where it is none. */
export function toFix(position: BrowserPosition | Fix, nowMs: number): MadeFix | null {
  const fix = "coords" in position ? ofBrowser(position) : made(position, nowMs);
  const numbers = [Number(fix.latitude), Number(fix.longitude), fix.at];
  return numbers.every(Number.isFinite) ? fix : null;
}

function made(fix: Fix, nowMs: number): MadeFix {
  return { ...fix, at: Number(fix.at ?? nowMs / 1_000) };
}

/** Browsers say null, and of the heading of whoever stands still NaN, for what they do not know. */
function ofBrowser({ coords, timestamp }: BrowserPosition): MadeFix {
  const { latitude, longitude, accuracy, altitude, speed, heading } = coords;
  const rest = Object.entries({ accuracy, altitude, speed, heading });
  const known = rest.filter(([, value]) => typeof value === "number" && Number.isFinite(value));
  return { latitude, longitude, at: timestamp / 1_000, ...Object.fromEntries(known) };
}
