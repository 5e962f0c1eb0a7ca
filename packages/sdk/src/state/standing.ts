import type { PositionFrame } from "@jarvis/contract";
import type { Journey, Seen, Whereabouts } from "./whereabouts.ts";

/** As the server has it: a fix older than this is stale, and older than the second shown no more. */
const staleMs = 120_000;
const hiddenMs = 10 * 60_000;

/** How old a fix is by this machine's clock. Wherever that clock stands, it is at least as old as the hearing of it. */
export function ageMs(seen: { readonly at_ms?: number; readonly heard_ms: number }, nowMs: number): number {
  const oldMs = seen.at_ms === undefined ? 0 : Math.max(0, seen.heard_ms - seen.at_ms);
  return oldMs + Math.max(0, nowMs - seen.heard_ms);
}

/** A position as it may be shown at `nowMs` (unix milliseconds): no frame says that one has grown old. */
export function positionAt<T extends { readonly at_ms?: number; readonly heard_ms: number }>(
  seen: T,
  nowMs: number,
): (T & { readonly age_ms: number; readonly stale: boolean }) | null {
  const age_ms = ageMs(seen, nowMs);
  return age_ms > hiddenMs ? null : { ...seen, age_ms, stale: age_ms > staleMs };
}

/** How somebody comes along: what was said of their way, and what their position says now. */
export interface Standing {
  readonly user: string;
  readonly is: "arrived" | "late" | "on_time" | "travelling" | "stale" | "paused";
  /** Where `is` is `late`. */
  readonly late_s: number | null;
  readonly margin_s: number | null;
  readonly position: Seen<PositionFrame> | null;
}

/** How everybody comes along of whom anything is known: in an event, or in one occurrence of a series. */
export function standings(where: Whereabouts, event: string, nowMs: number): Standing[] {
  const journeys = where.journeys[event]?.people ?? {};
  const positions = where.positions[event] ?? {};
  const users = [...new Set([...Object.keys(journeys), ...Object.keys(positions)])].sort();
  return users.flatMap((user) => standingOf(user, journeys[user], positions[user], nowMs) ?? []);
}

function standingOf(
  user: string,
  journey: Journey | undefined,
  seen: Seen<PositionFrame> | undefined,
  nowMs: number,
): Standing | null {
  const shown = seen === undefined ? null : positionAt(seen, nowMs);
  const position = shown === null ? null : (seen ?? null);
  const is = stateOf(journey?.code, shown);
  if (is === null) return null;
  const late = is === "late" ? journey : undefined;
  return { user, is, late_s: late?.late_s ?? null, margin_s: late?.margin_s ?? null, position };
}

function stateOf(
  code: Journey["code"] | undefined,
  shown: { readonly state: PositionFrame["state"]; readonly stale: boolean } | null,
): Standing["is"] | null {
  if (shown?.state === "paused") return "paused";
  if (code === "arrived" || shown?.state === "arrived") return "arrived";
  if (code === "running_late") return "late";
  if (shown?.stale === true || shown?.state === "stale") return "stale";
  if (code === "on_time") return "on_time";
  return shown === null ? null : "travelling";
}

/** The reader's own: how many seconds are left until they should leave, once that was said; null where it was not, or is past. */
export function leaveInS(where: Whereabouts, event: string, self: string, nowMs: number): number | null {
  const own = where.journeys[event]?.people[self];
  if (own?.code !== "leave_now") return null;
  return Math.max(0, Math.round((own.leave_in_s ?? 0) - (nowMs - own.at_ms) / 1_000));
}
