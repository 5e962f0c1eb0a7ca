import { type EntryData, type EventId, limits, type Tally } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { tallyOf } from "./rules.ts";
import { listOptionsIn } from "./store.ts";
import { listVotes } from "./votes-store.ts";

/** An entry of kind `poll` as `reportPoll` has written it. */
interface Stored {
  readonly seq: number;
  readonly data: Record<string, unknown>;
}

type Delivered = EntryData<"poll">;

/**
 * Entries of one poll as they are delivered, by number. Votes that are delivered together are told by the last of them,
 * with the tallies of all; the others are `null`. `since` tells whoever was cut off in between that they lack some.
 */
export async function renderPollEntries(
  sql: Sql,
  event: EventId,
  entries: readonly Stored[],
): Promise<Map<number, Delivered | null>> {
  const tallies = await talliesOf(sql, event, [...new Set(entries.flatMap(slotsOf))]);
  const votes = entries.filter(({ data }) => data["op"] === "votes");
  const last = votes.at(-1);
  return new Map(
    entries.map((entry) => {
      if (entry === last) return [entry.seq, renderVotes(votes, entry, tallies)];
      return [entry.seq, entry.data["op"] === "votes" ? null : render(entry, [entry], tallies)];
    }),
  );
}

/** All that these votes have changed; nothing of it where one of them does not tell, or it is too much. */
function renderVotes(votes: readonly Stored[], last: Stored, tallies: ReadonlyMap<number, Named>): Delivered {
  const told = votes.every((entry) => slotsOf(entry).length > 0);
  const changed = new Set(votes.flatMap(slotsOf));
  const isTold = told && changed.size <= limits.pollTallies;
  const since = versionOf(votes[0] ?? last) - 1;
  return { ...render(last, isTold ? votes : [], tallies), since };
}

interface Named {
  readonly id: string;
  readonly tally: Tally;
}

function render(entry: Stored, told: readonly Stored[], tallies: ReadonlyMap<number, Named>): Delivered {
  const { op, removed } = entry.data;
  const version = versionOf(entry);
  const changed = told.flatMap(slotsOf).flatMap((slot) => tallies.get(slot) ?? []);
  return {
    op: op as Delivered["op"], // as `reportPoll` has written it
    version,
    since: version - 1,
    ...(changed.length === 0
      ? {}
      : { tallies: Object.fromEntries(changed.map(({ id, tally }) => [id, tally])) }),
    ...(typeof removed === "string" ? { removed: [removed] } : {}),
  };
}

function versionOf({ data }: Stored): number {
  return Number(data["version"]);
}

function slotsOf({ data }: Stored): number[] {
  const { slots } = data;
  return typeof slots === "string" ? slots.split(",").map(Number) : [];
}

/** How these options stand now, by slot; those that have been removed since are not there. */
async function talliesOf(sql: Sql, event: EventId, slots: readonly number[]): Promise<Map<number, Named>> {
  if (slots.length === 0) return new Map();
  const options = await listOptionsIn(sql, event, slots);
  const votes = await listVotes(sql, event);
  return new Map(options.map(({ id, slot }) => [slot, { id, tally: tallyOf(votes, slot) }]));
}
