import type { Calendar } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { fetchAgain } from "./fetching.ts";
import { refreshGoogle } from "./google.ts";
import { storeOutcome } from "./storing.ts";
import { type CalendarKey, findCalendar, listDue, updateCalendar } from "./store.ts";

const atOnce = 4;
const together = 100;
const postponedMs = 5 * 60_000;

/** Reads that are under way, by server: whoever wants the same calendar read meanwhile waits for that. */
const underWay = new WeakMap<Context, Map<string, Promise<Calendar | null>>>();

/** Reads a calendar again and stores what came of it; null where it is not there (any more), or is of a kind that is not read again. */
export function readAgain(ctx: Context, key: CalendarKey): Promise<Calendar | null> {
  const reads = underWay.get(ctx) ?? new Map<string, Promise<Calendar | null>>();
  underWay.set(ctx, reads);
  const name = `${key.user} ${key.id}`;
  const begun = reads.get(name);
  if (begun !== undefined) return begun;
  const read = readAndStore(ctx, key).finally(() => reads.delete(name));
  reads.set(name, read);
  return read;
}

async function readAndStore(ctx: Context, key: CalendarKey): Promise<Calendar | null> {
  const row = await findCalendar(ctx.db.read, key);
  if (row?.kind === "google") return refreshGoogle(ctx, key);
  const outcome = row && (await fetchAgain(ctx, row));
  return outcome ? storeOutcome(ctx, key, outcome) : null;
}

/**
 * Reads every calendar whose turn it is, a few at once. Nothing is noted before it is done: a crash in the middle leaves
 * them as due as they were.
 */
export async function pollDue(ctx: Context, stopped = never): Promise<void> {
  const tried = new Set<string>();
  for (let fresh = await untried(ctx, tried); fresh.length > 0; fresh = await untried(ctx, tried)) {
    for (const { id } of fresh) tried.add(id);
    await drain(ctx, fresh, stopped);
    if (stopped.aborted) return;
  }
}

const never = new AbortController().signal;

/** What is due and was not tried in this pass. */
async function untried(ctx: Context, tried: ReadonlySet<string>): Promise<CalendarKey[]> {
  const due = await listDue(ctx.db.read, ctx.clock.now(), together);
  return due.filter(({ id }) => !tried.has(id));
}

/** Of each person one at a time, so that one with many slow calendars keeps the others waiting for one of them at most. */
async function drain(ctx: Context, keys: readonly CalendarKey[], stopped: AbortSignal): Promise<void> {
  const people = Map.groupBy(keys, ({ user }) => user).values();
  const worker = async (): Promise<void> => {
    for (const own of people) for (const key of own) if (!stopped.aborted) await poll(ctx, key, stopped);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/**
 * One that cannot be stored now is due in the next pass, one that nobody could read a while later: it may be what ends the
 * processes that read it. Its address is in no log.
 */
async function poll(ctx: Context, key: CalendarKey, stopped: AbortSignal): Promise<void> {
  try {
    await readAgain(ctx, key);
  } catch (error) {
    if (stopped.aborted) return; // the store may be closed by now: it is as due as it was
    ctx.log.warn({ calendar: key.id, error }, "a calendar could not be read in its turn");
    if (error instanceof AppError && error.code === "unavailable") await postpone(ctx, key);
  }
}

async function postpone(ctx: Context, key: CalendarKey): Promise<void> {
  const next_ms = ctx.clock.now() + postponedMs;
  try {
    await ctx.db.write((tx) => updateCalendar(tx.sql, key, { next_ms }));
  } catch (error) {
    ctx.log.warn({ calendar: key.id, error }, "a calendar could not be put off");
  }
}
