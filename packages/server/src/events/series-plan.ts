import type { EventId, EventPatch, SeriesScope } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { instantOf } from "../lib/zoned-time.ts";
import { plainColumns, requireTimes } from "./columns.ts";
import {
  aheadMs,
  badRule,
  expand,
  type Repeating,
  requireRule,
  startNotGiven,
  type Starts,
} from "./expansion.ts";
import { partAt } from "./occurrences.ts";
import { listOccurrences, listParts, type PartRow } from "./series-store.ts";
import { anchorOf, originalDate, templateTimes, timesAt } from "./series-times.ts";
import { eventFacts } from "./service.ts";
import type { EventRow } from "./store.ts";
import { changedTimes, type TimeColumns } from "./times.ts";

const longestMs = 32 * 24 * 60 * 60_000;

/** A series with all that hangs on it. */
export interface SeriesFacts {
  series: EventRow;
  parts: readonly PartRow[];
  rows: readonly EventRow[];
}

export async function seriesFacts(sql: Sql, group: EventId): Promise<SeriesFacts> {
  const series = await eventFacts(sql, group);
  return { series, parts: await listParts(sql, group), rows: await listOccurrences(sql, group) };
}

/** Whether an occurrence is not over yet. */
export function isAhead({ start_ms, duration_ms }: EventRow, now: number): boolean {
  return start_ms !== null && start_ms + duration_ms > now;
}

/** The one that is now or comes next, of those that take place. */
export function comingOf(rows: readonly EventRow[], now: number): EventRow | undefined {
  const ahead = rows.filter((row) => row.cancelled === 0 && isAhead(row, now));
  return ahead.toSorted((a, b) => (a.start_ms ?? 0) - (b.start_ms ?? 0))[0];
}

type Template = Partial<Omit<PartRow, "series_id" | "from_ms" | "until_ms" | "rule" | "anchor" | "zone">>;

/** A change of a series, from an original start on; where its starts are others from now on, with these. */
export interface SeriesPlan {
  scope: Exclude<SeriesScope, "this">;
  fromMs: number;
  /** The original start by which the change is described. */
  referenceMs: number;
  template: Template;
  renewed: (Repeating & Starts) | null;
}

export interface SeriesChange {
  event: EventId;
  scope: SeriesScope;
  patch: EventPatch;
  ifMatch: number | null;
}

/** What a change comes to. Expands rules, and so is made outside of a unit of work. */
export async function planChange(
  ctx: Pick<Context, "calendars" | "clock">,
  facts: SeriesFacts,
  { event, scope, patch }: SeriesChange,
): Promise<SeriesPlan> {
  const named = facts.rows.find(({ id }) => id === event);
  const now = ctx.clock.now();
  const reference = named ?? comingOf(facts.rows, now) ?? facts.rows.at(-1);
  const referenceMs = reference?.original_start_ms ?? facts.series.start_ms ?? 0;
  const part = partAt(facts.parts, referenceMs);
  if (part === undefined) throw new Error(`series ${facts.series.id} has no part`);
  const following = scope === "following" && named !== undefined;
  const when = whenOf(facts, part, referenceMs, patch, following);
  const template = { ...plainColumns(patch), ...when.template };
  const plan = { referenceMs, template, fromMs: following ? referenceMs : Number.NEGATIVE_INFINITY };
  const renewed =
    when.repeating && (await renew(ctx, when.repeating, following ? null : earliest(facts, now)));
  return { ...plan, scope: following ? "following" : "all", renewed };
}

/** From where original starts may be those of what is not over: it lasts long, or was put off. */
function earliest({ rows }: SeriesFacts, now: number): number {
  const ahead = rows.filter((row) => isAhead(row, now));
  return Math.min(now - longestMs, ...ahead.map((row) => row.original_start_ms ?? now));
}

/** Null: from the rule's beginning on. */
async function renew(
  ctx: Pick<Context, "calendars" | "clock">,
  repeating: Repeating,
  notBefore: number | null,
): Promise<Repeating & Starts> {
  const anchorMs = instantOf(repeating.anchor, repeating.zone);
  const fromMs = Math.max(anchorMs, notBefore ?? anchorMs);
  const toMs = Math.max(ctx.clock.now() + aheadMs, anchorMs + 1);
  return { ...repeating, ...(await expand(ctx, repeating, fromMs, toMs)) };
}

interface When {
  template: Template;
  /** null: original starts stay as they are. */
  repeating: Repeating | null;
}

/**
 * What becomes of the times. On the days that the series has already, only the time of day changes and occurrences keep
 * their ids; other days, or another rule, make new ones.
 */
function whenOf(
  facts: SeriesFacts,
  part: PartRow,
  referenceMs: number,
  patch: EventPatch,
  following: boolean,
): When {
  const before = timesAt(part, referenceMs);
  const timeZone = patch.time_zone ?? part.time_zone;
  if (patch.start_time === null) throw new AppError("unsupported", { detail: "A series has a time" });
  const isMoved = (patch.start_time ?? patch.all_day ?? patch.start_date ?? patch.end_date) !== undefined;
  const rule = (patch.recurrence ?? null) === null ? part.rule : requireRule(patch.recurrence ?? "");
  const date = originalDate(part, referenceMs);
  if (!isMoved) {
    const template: Template = patch.duration === undefined ? {} : durationOf(before, patch, timeZone);
    const repeating = following ? { ...repeatingOf(part), anchor: onDay(part, date) } : repeatingOf(part);
    return { template, repeating: isRule(facts, part, rule, patch) ? null : { ...repeating, rule } };
  }
  const after = requireTimes(changedTimes(before, patch, timeZone));
  const anchor = anchorOf(after, timeZone);
  if (anchor === null) throw badRule(startNotGiven);
  const template = movedTimes(before, after, anchor, patch);
  const day = anchor.slice(0, date.length);
  const isKnownDay = following ? day === date : hasDay(facts, day);
  if (!isKnownDay) return { template, repeating: { rule, anchor, zone: timeZone } };
  const repeating = { ...repeatingOf(part), rule, anchor: onDay(part, day) };
  return { template, repeating: isRule(facts, part, rule, patch) ? null : repeating };
}

/** Whether nobody asks for another rule than there is, in this part and in those that follow. */
function isRule({ parts }: SeriesFacts, part: PartRow, rule: string, { recurrence }: EventPatch): boolean {
  if ((recurrence ?? null) === null) return true;
  return parts.filter(({ from_ms }) => from_ms >= part.from_ms).every((other) => other.rule === rule);
}

/** Only what the change names: how long each occurrence takes may differ from part to part. */
function movedTimes(before: TimeColumns, after: TimeColumns, anchor: string, patch: EventPatch): Template {
  const { local_time, duration_ms, days } = templateTimes(after, anchor);
  const keeps = patch.duration === undefined && before.all_day === 0 && after.all_day === 0;
  return keeps ? { local_time } : { local_time, duration_ms, days };
}

function durationOf(before: TimeColumns, patch: EventPatch, timeZone: string): Template {
  return {
    duration_ms: requireTimes(changedTimes(before, { duration: patch.duration }, timeZone)).duration_ms,
  };
}

function repeatingOf({ rule, anchor, zone }: PartRow): Repeating {
  return { rule, anchor, zone };
}

function onDay({ anchor }: PartRow, day: string): string {
  return `${day}${anchor.slice(day.length)}`;
}

function hasDay({ rows, parts }: SeriesFacts, day: string): boolean {
  return rows.some(({ original_start_ms: original }) => {
    const part = original === null ? undefined : partAt(parts, original);
    return part !== undefined && original !== null && originalDate(part, original) === day;
  });
}
