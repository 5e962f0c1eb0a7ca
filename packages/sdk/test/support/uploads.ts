import type { MadeFix } from "../../src/location/fix.ts";
import { LocationUploader, type UploaderOptions } from "../../src/location/uploader.ts";
import { beginMs, movedClock } from "./moved-clock.ts";
import { turns } from "./small-world.ts";

interface Call {
  readonly fix: MadeFix;
  readonly signal: AbortSignal;
  readonly atMs: number;
  settle(error?: Error): Promise<void>;
}

/** An uploader whose clock and server are the test's. */
export function openUploads(options: Pick<UploaderOptions, "untilMs" | "onError"> = {}) {
  const clock = movedClock();
  const calls: Call[] = [];
  const upload = (fix: MadeFix, signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error?: Error) => {
      if (error) reject(error);
      else resolve();
      return turns();
    };
    calls.push({ fix, signal, atMs: clock.monotonic(), settle });
    return promise;
  };
  const random = { fraction: () => 0.5, id: () => "id" };
  const uploader = new LocationUploader({ clock, random, upload }, options);
  return { clock, calls, uploader, latitudes: () => calls.map(({ fix }) => Number(fix.latitude)) };
}

/** A fix that a browser would make at this moment, told apart by its latitude. */
export function fixAt(clock: { now(): number }, latitude: number, ageMs = 0) {
  const unknown = { altitude: null, speed: null, heading: Number.NaN };
  return {
    timestamp: clock.now() - ageMs,
    coords: { latitude, longitude: 1, accuracy: 8, ...unknown },
  };
}

export { beginMs };
