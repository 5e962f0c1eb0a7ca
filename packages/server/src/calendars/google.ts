import type { Calendar, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { GoogleFault, type GoogleFaultCode } from "../lib/google-calendar/fault.ts";
import { toICalendar } from "../lib/google-calendar/icalendar.ts";
import { type Kept, packKept, unpackKept } from "../lib/google-calendar/kept.ts";
import type { Grant } from "../lib/google-calendar/oauth.ts";
import { type GoogleSession, openSession } from "../lib/google-calendar/session.ts";
import { syncCalendars } from "../lib/google-calendar/sync.ts";
import { findGoogle, type GoogleRow, updateGoogle } from "./google-store.ts";
import { horizon, type Outcome, type ReadOutcome, type Skipped, toCalendar } from "./rules.ts";
import { readText } from "./reading.ts";
import { type CalendarKey, findCalendar, findZone } from "./store.ts";
import { storeOutcome } from "./storing.ts";

/** The engine's own limit is a mebibyte. */
const maxTextBytes = 1_000_000;
const day = 24 * 60 * 60_000;
/** How long waits may take in all where Google asks for them: others wait as well, and the next turn comes in an hour. */
export const patienceMs = 10_000;

/** What Google gave: who it is, what is kept, and the busy times of it. */
export interface GoogleReading {
  readonly outcome: Exclude<Outcome, { kind: "unchanged" }>;
  readonly account: string | null;
  readonly kept: Kept | null;
  readonly refreshToken: string;
}

/** Brings a calendar of Google's up to date and writes what came of it; null where it was removed meanwhile. */
export async function refreshGoogle(ctx: Context, key: CalendarKey): Promise<Calendar | null> {
  const row = await findGoogle(ctx.db.read, key.id);
  if (row === undefined || row.user_id !== key.user) return null;
  const access = { refreshToken: row.refresh_token, patienceMs };
  const read = await readGoogle(ctx, key.user, access, unpackKept(row.kept));
  try {
    return await storeOutcome(ctx, key, read.outcome, (tx) => keep(tx, row, read));
  } catch (error) {
    // Another sync, or a fresh consent, was faster: what it wrote stands.
    if (error instanceof Superseded) return current(ctx, key);
    throw error;
  }
}

async function current(ctx: Context, key: CalendarKey): Promise<Calendar | null> {
  const row = await findCalendar(ctx.db.read, key);
  return row === undefined ? null : toCalendar(row);
}

class Superseded extends Error {}

async function keep(tx: Tx, row: GoogleRow, { kept, refreshToken }: GoogleReading): Promise<void> {
  const change = { refresh_token: refreshToken, ...(kept && { kept: packKept(kept) }) };
  const { calendar_id: id, version } = row;
  if (!(await updateGoogle(tx.sql, { id, version }, change))) throw new Superseded();
}

interface Access extends Partial<Pick<Grant, "accessToken">> {
  readonly refreshToken: string;
  readonly patienceMs: number;
}

/** Asks Google what has changed since. It throws nothing that Google may have caused. */
export async function readGoogle(
  ctx: Context,
  user: UserId,
  access: Access,
  before: Kept,
): Promise<GoogleReading> {
  const { refreshToken } = access;
  const failed = (code: string, revoked = false): GoogleReading => {
    return { outcome: { kind: "failed", code, revoked }, account: null, kept: null, refreshToken };
  };
  const { oauth, endpoints } = ctx.google;
  if (oauth === null) return failed("denied");
  const session = openSession({ oauth, endpoints, clock: ctx.clock, random: ctx.random }, access);
  try {
    return await synced(ctx, user, session, before);
  } catch (error) {
    if (!(error instanceof GoogleFault)) throw error;
    ctx.log.info({ user, code: error.code }, "a calendar of Google's could not be read");
    return { ...failed(errorOf[error.code], error.code === "revoked"), refreshToken: session.refreshToken };
  }
}

/** As the person is told. */
const errorOf: Readonly<Record<GoogleFaultCode, string>> = {
  revoked: "revoked",
  refused: "denied",
  rate_limited: "rate_limited",
  too_large: "too_large",
  unavailable: "unreachable",
  bad_answer: "unreachable",
  not_found: "unreachable",
  sync_token_gone: "unreachable",
};

async function synced(
  ctx: Context,
  user: UserId,
  session: GoogleSession,
  before: Kept,
): Promise<GoogleReading> {
  const { kept, account } = await syncCalendars(session, before, { clock: ctx.clock, salt: user });
  const outcome = await outcomeOf(ctx, user, kept);
  return { outcome, account, kept, refreshToken: session.refreshToken };
}

/** When the person is busy by what is kept. */
async function outcomeOf(ctx: Context, user: UserId, kept: Kept): Promise<GoogleReading["outcome"]> {
  const range = horizon(ctx.clock.now());
  const zone = (await findZone(ctx.db.read, user)) ?? "UTC"; // of nobody nothing is stored
  // What is read again when the range moves on, before Google is asked the next time, is in it as well.
  const wide = { fromMs: range.fromMs, untilMs: range.untilMs + 2 * day, maxBytes: maxTextBytes };
  const { text, skipped } = toICalendar(kept, wide);
  const read = await readText(ctx, user, text, zone);
  if ("fault" in read) return { kind: "failed", code: read.fault };
  const reading = { ...read.reading, skipped: sum(skipped, read.reading.skipped) };
  return { kind: "read", reading, refreshMs: null, etag: null, lastModified: null } satisfies ReadOutcome;
}

function sum(...lists: readonly (readonly Skipped[number][])[]): Skipped {
  const counts = new Map<string, number>();
  for (const { reason, count } of lists.flat()) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].map(([reason, count]) => ({ reason, count }));
}
