import {
  type Calendar,
  type CalendarId,
  type CalendarKind,
  limits,
  type UserId,
  userStream,
} from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { releaseGoogle } from "./google-grants.ts";
import {
  isTold,
  nextAfterFailure,
  nextAfterSuccess,
  type Outcome,
  type ReadOutcome,
  type Reading,
  readingColumns,
  toCalendar,
} from "./rules.ts";
import {
  type CalendarKey,
  type CalendarRow,
  countCalendars,
  deleteCalendar,
  findCalendar,
  findZone,
  insertCalendar,
  updateCalendar,
} from "./store.ts";

/** What a person connects, beside what was read of it. */
export interface Connected {
  readonly user: UserId;
  readonly kind: CalendarKind;
  readonly name: string;
  readonly url?: string;
  readonly host?: string;
}

/**
 * Adds a calendar with what was read of it, in one unit, which asks whether there is room: two that come at once do not
 * both take the last place. `also` writes what belongs to it in the same unit.
 */
export function connectCalendar(
  ctx: Context,
  connected: Connected,
  outcome: ReadOutcome,
  also?: (tx: Tx, id: CalendarId) => Promise<void>,
): Promise<Calendar> {
  const id = ctx.random.id() as CalendarId; // ids that the server makes are branded where they are made
  return ctx.db.write(async (tx) => {
    // Fetching takes a while: the account may have been erased meanwhile.
    const zone = await findZone(tx.sql, connected.user);
    if (zone === undefined) throw new AppError("unauthenticated");
    if ((await countCalendars(tx.sql, connected.user)) >= limits.calendars)
      throw new AppError("limit_exceeded", { detail: `A person has at most ${limits.calendars} calendars` });
    const row = { ...newRow(ctx, id, connected, outcome), ...staleIn(zone, outcome.reading) };
    await insertCalendar(tx.sql, row);
    await also?.(tx, id);
    await append(ctx, tx, userStream(connected.user), "calendar", { id, state: row.state });
    return toCalendar(row);
  });
}

/** Reading takes a while: somebody who has changed zones meanwhile has the calendar read anew. */
function staleIn(zone: string | undefined, reading: Reading): Partial<CalendarRow> {
  return reading.zone === zone ? {} : { busy_until_ms: 0 };
}

function newRow(ctx: Context, id: CalendarId, connected: Connected, outcome: ReadOutcome): CalendarRow {
  const now = ctx.clock.now();
  const { user, kind, name, url = null, host = null } = connected;
  return {
    id,
    user_id: user,
    kind,
    name,
    url,
    host,
    state: "ok",
    error: null,
    etag: outcome.etag,
    last_modified: outcome.lastModified,
    failures: 0,
    refresh_ms: outcome.refreshMs,
    fetched_ms: now,
    next_ms: kind === "file" ? null : nextAfterSuccess(now, outcome.refreshMs, ctx.random.fraction()),
    created_ms: now,
    ...readingColumns(outcome.reading),
  };
}

/**
 * Writes what came of reading a calendar again. One that was removed while it was being read stays removed: then it
 * answers null. What a failure leaves untouched are the busy times of the last success. `also` writes what belongs to it in
 * the same unit.
 */
export function storeOutcome(
  ctx: Context,
  key: CalendarKey,
  outcome: Outcome,
  also?: (tx: Tx) => Promise<void>,
): Promise<Calendar | null> {
  return ctx.db.write(async (tx) => {
    const before = await findCalendar(tx.sql, key);
    if (before === undefined) return null;
    await also?.(tx);
    const change = changeOf(ctx, before, outcome);
    if (outcome.kind === "read")
      Object.assign(change, staleIn(await findZone(tx.sql, key.user), outcome.reading));
    await updateCalendar(tx.sql, key, change);
    const after = { ...before, ...change };
    if (isTold(before, after)) await tell(ctx, tx, key, after);
    return toCalendar(after);
  });
}

/** Says on the person's stream that a calendar of theirs is another one now. */
async function tell(ctx: Context, tx: Tx, { user, id }: CalendarKey, { state }: Pick<CalendarRow, "state">) {
  await append(ctx, tx, userStream(user), "calendar", { id, state });
}

function changeOf(ctx: Context, before: CalendarRow, outcome: Outcome): Partial<CalendarRow> {
  const now = ctx.clock.now();
  const fraction = ctx.random.fraction();
  if (outcome.kind === "failed") {
    const failures = before.failures + 1;
    const state = outcome.revoked ? "revoked" : "failing";
    const next_ms = outcome.revoked ? null : nextAfterFailure(now, failures, fraction);
    return { state, error: outcome.code, failures, next_ms };
  }
  const succeeded = { state: "ok" as const, error: null, failures: 0, fetched_ms: now };
  if (outcome.kind === "unchanged")
    return { ...succeeded, next_ms: nextAfterSuccess(now, before.refresh_ms, fraction) };
  return {
    ...succeeded,
    ...readingColumns(outcome.reading),
    etag: outcome.etag,
    last_modified: outcome.lastModified,
    refresh_ms: outcome.refreshMs,
    next_ms: nextAfterSuccess(now, outcome.refreshMs, fraction),
  };
}

/** Deletes a calendar and all that it gave; whether it was there. */
export async function forgetCalendar(ctx: Context, tx: Tx, key: CalendarKey): Promise<boolean> {
  if (!(await deleteCalendar(tx.sql, key))) return false;
  await releaseGoogle(ctx, tx, key);
  await append(ctx, tx, userStream(key.user), "calendar", { id: key.id, removed: true });
  return true;
}
