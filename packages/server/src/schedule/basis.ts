import type { EventId, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { eventFacts, requireChange } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { addDays, startOfDay } from "../lib/zoned-time.ts";
import { type Offered, votesOf } from "../polls/opinions.ts";
import type { Opinions } from "./candidate-rules.ts";
import type { Span } from "./span-rules.ts";
import { sharesWith, whoCounts } from "./suggestion-rules.ts";
import { type AskedRow, listInvited, listPeople } from "./suggestions-store.ts";

/** What somebody lets suggestions use: their calendar of this range, and when they like to meet. */
export interface Shared {
  readonly range: Span;
  readonly timeZone: string;
  readonly hours: string | null;
  readonly travelBufferS: number;
}

/** Somebody who counts, and what they share with who asks; null: nothing. */
export interface Asked {
  readonly user: UserId;
  readonly shared: Shared | null;
}

/** All that a search is made of but calendars: who counts, and who of them lets theirs be used. */
export interface Basis {
  readonly event: EventId;
  readonly timeZone: string;
  readonly durationMs: number;
  readonly people: readonly Asked[];
  /** People behind addresses, of whom nothing is known. */
  readonly addresses: number;
  readonly opinions: Opinions<UserId>;
}

function sharedOf(row: AskedRow, blocked: ReadonlySet<UserId>): Shared | null {
  const { from_ms, to_ms, time_zone, hours, travel_buffer } = row;
  if (!sharesWith(row, blocked) || from_ms === null || to_ms === null || time_zone === null) return null;
  const range = { fromMs: from_ms, toMs: to_ms };
  return { range, timeZone: time_zone, hours, travelBufferS: travel_buffer ?? 0 };
}

/** A day is one of the event's zone. */
function spanOfOption(
  { start_ms, duration_ms, date }: Offered,
  timeZone: string,
  durationMs: number,
): Span | null {
  if (start_ms !== null) return { fromMs: start_ms, toMs: start_ms + (duration_ms ?? durationMs) };
  if (date === null) return null;
  return { fromMs: startOfDay(date, timeZone), toMs: startOfDay(addDays(date, 1), timeZone) };
}

/** For owner and hosts, as it is at this moment. An occurrence has its series' people, who consent for the series. */
export async function readBasis(ctx: Context, viewer: Viewer, event: EventId): Promise<Basis> {
  const { read: sql } = ctx.db;
  const { group } = await requireChange(sql, viewer.id, event);
  const { time_zone: timeZone, duration_ms: durationMs } = await eventFacts(sql, event);
  const rows = await listPeople(sql, group, ctx.clock.now());
  const { named, addresses } = whoCounts(rows, await listInvited(sql, group), viewer.id);
  const blocked = new Set(await blockedOf(sql, viewer.id));
  const people = named.map((row) => ({ user: row.user_id, shared: sharedOf(row, blocked) }));
  const { options, votes, required } = await votesOf(sql, group);
  const offered = options.map((option) => spanOfOption(option, timeZone, durationMs));
  const opinions = { options: offered, votes, required };
  return { event, timeZone, durationMs, people, addresses, opinions };
}
