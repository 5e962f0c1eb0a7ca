import type { FixInput, IngestProtocol } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import type { Arrival, DropCode, TrackerPoint } from "../lib/trackers/types.ts";
import { type UploadGuard, uploadFixes } from "../location/service.ts";
import { noteArrival } from "./region.ts";
import { takeOne } from "./rules.ts";
import { hasDevice, updateDeviceUse } from "./store.ts";
import { type KnownDevice, requireLive } from "./tokens.ts";

/** What became of a point. */
export type PointOutcome = "newest" | "older" | "duplicate" | DropCode | "too_large";

export interface Said {
  readonly arrival?: Arrival | undefined;
  readonly points: readonly TrackerPoint[];
  readonly dropped: readonly { readonly code: DropCode | "too_large"; readonly count: number }[];
}

export interface Reported {
  readonly outcomes: ReadonlyMap<PointOutcome, number>;
  /** Whether it came faster than a phone reports for long. */
  readonly isHasty: boolean;
}

/**
 * Takes what a device says of where its person is. Resolves once what counts of it is on the disk, or, of one in haste,
 * will be within a second.
 */
export async function report(
  ctx: Context,
  device: KnownDevice,
  protocol: IngestProtocol,
  said: Said,
): Promise<Reported> {
  const isHasty = ctx.config.rateLimits && !takeOne(device.burst, ctx.clock.now());
  const outcomes = new Map<PointOutcome, number>();
  for (const { code, count } of said.dropped) outcomes.set(code, (outcomes.get(code) ?? 0) + count);
  if (said.points.length > 0) {
    const points: readonly FixInput[] = said.points;
    const options = { durable: !isHasty, guard: guardOf(ctx, device) };
    for (const { outcome } of await uploadFixes(ctx, device.user, points, null, options))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  noteUse(ctx, device, protocol, outcomes);
  if (said.arrival !== undefined) await noteArrival(ctx, device, said.arrival);
  return { outcomes, isHasty };
}

/** Whatever was waited for, a device that has been removed writes nothing more. */
function guardOf(ctx: Context, device: KnownDevice): UploadGuard {
  return {
    async inUnit(tx) {
      if (!(await hasDevice(tx.sql, device.hash))) throw new AppError("unauthenticated");
    },
    atOnce: () => requireLive(ctx, device),
  };
}

const touchMs = 60_000;

/** Beside the request, which does not wait for it: what is lost is made up for by the next. */
function noteUse(
  ctx: Context,
  device: KnownDevice,
  app: IngestProtocol,
  outcomes: Reported["outcomes"],
): void {
  const now = ctx.clock.now();
  const before = device.use;
  const problem = problemOf(outcomes, before.problem);
  const isRecent = before.used_ms !== null && now - before.used_ms < touchMs;
  if (isRecent && before.app === app && before.problem === problem) return;
  const problem_ms = problem === null ? null : now;
  const use = { used_ms: now, app, problem, problem_ms };
  device.use = use;
  ctx.db
    .write((tx) => updateDeviceUse(tx.sql, { hash: device.hash, ...use }))
    .catch((error: unknown) => {
      device.use = before;
      ctx.log.warn({ error, device: device.id }, "the use of a device was not recorded");
    });
}

const taken: ReadonlySet<PointOutcome> = new Set(["newest", "older"]);

/** Why nothing of it was taken; what was the matter stays so where nothing was said of a place. */
function problemOf(outcomes: Reported["outcomes"], before: string | null): string | null {
  const codes = [...outcomes.keys()];
  if (codes.some((code) => taken.has(code))) return null;
  return codes.at(-1) ?? before;
}
