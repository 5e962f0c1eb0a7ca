import { type EventId, limits, type OptionId, type PollOption, type PollOptionInput } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { requireNoTime, requireOpen, requirePollChange, type Polled } from "./access.ts";
import { reportPoll } from "./reporting.ts";
import { dateAt, freeSlots, isSameTime, renderOption } from "./rules.ts";
import { deleteOption, findOption, insertOption, listOptions, type OptionRow } from "./store.ts";
import { deleteVotesIn } from "./votes-store.ts";

type Time = Pick<OptionRow, "start_ms" | "duration_ms" | "date">;

/** Offers times; answers those named, in their order. What is there already stays as it is. */
export function addOptions(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  inputs: readonly PollOptionInput[],
): Promise<PollOption[]> {
  return ctx.db.write(async (tx) => {
    const polled = await requirePollChange(tx.sql, viewer.id, event);
    requireNoTime(polled);
    const now = ctx.clock.now();
    const times = inputs.map((input, index) => toTime(input, `options.${index}`, polled, now));
    const present = await listOptions(tx.sql, event);
    const added = newTimes(times, present);
    const rows = [...present, ...(await insert(ctx, tx, event, present, added))];
    if (added.length > 0) await reportPoll(ctx, tx, event, { op: "options" });
    return times.flatMap((time) => rows.filter((row) => isSameTime(row, time)).map(renderOption));
  });
}

/** Each once, and not what is there. */
function newTimes(times: readonly Time[], present: readonly Time[]): Time[] {
  const added: Time[] = [];
  for (const time of times)
    if (![...present, ...added].some((other) => isSameTime(other, time))) added.push(time);
  return added;
}

async function insert(
  ctx: Context,
  tx: Tx,
  event: EventId,
  present: readonly OptionRow[],
  added: readonly Time[],
): Promise<OptionRow[]> {
  const slots = freeSlots(present, added.length);
  if (slots.length < added.length)
    throw new AppError("limit_exceeded", { detail: `A poll has at most ${limits.pollOptions} options` });
  const rows: OptionRow[] = [];
  for (const [index, slot] of slots.entries()) {
    const time = added[index];
    if (time === undefined) continue;
    const id = ctx.random.id() as OptionId; // ids that the server makes are branded where they are made
    const row = { event_id: event, id, slot, ...time };
    await insertOption(tx.sql, row);
    rows.push(row);
  }
  return rows;
}

function toTime(input: PollOptionInput, path: string, { facts }: Polled, now: number): Time {
  const { start_time, duration, date = null } = input;
  const start_ms = start_time === undefined ? null : Math.round(start_time * 1_000);
  const isPast = start_ms === null ? (date ?? "") < dateAt(now, facts.time_zone) : start_ms < now;
  if (isPast) throw past(path);
  const duration_ms = duration === undefined ? facts.duration_ms : Math.round(duration * 1_000);
  return { start_ms, duration_ms: date === null ? duration_ms : null, date };
}

function past(path: string): AppError {
  const message = "lies in the past";
  return new AppError("invalid_input", { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

/** Takes a time out of the poll; what people voted on it goes along. */
export async function removeOption(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  option: OptionId,
): Promise<void> {
  await ctx.db.write(async (tx) => {
    const polled = await requirePollChange(tx.sql, viewer.id, event);
    await requireOpen(tx.sql, polled, ctx.clock.now());
    const row = await findOption(tx.sql, event, option);
    if (row === undefined) throw notFound();
    await deleteOption(tx.sql, row);
    await deleteVotesIn(tx.sql, event, row.slot);
    await reportPoll(ctx, tx, event, { op: "options", removed: option });
  });
}
