import { Database as SqliteFile } from "bun:sqlite";
import { join as joinPath } from "node:path";
import { imported, refreshed, rotated, type startCalendarSite } from "./calendars.ts";
import { brokenIn } from "./invariants.ts";
import { activation, consent, openPoll, option, votes } from "./polls.ts";
import { join, type Place, type Register } from "./register.ts";
import { answer, openSeries, renamed, ruled, split } from "./series.ts";

const hour = 3_600;

/** People, their polls, series, calendars and feeds on a fresh server, and all that is going to be changed of them. */
export async function brew(place: Place): Promise<Register[]> {
  const [ann, bob, cem] = [await join(place, "ann"), await join(place, "bob"), await join(place, "cem")];
  const from = (Math.floor(Date.now() / 1_000 / hour) + 48) * hour;
  const people = [bob, cem];
  const poll = await openPoll(ann, people, from);
  const fixed = await openPoll(ann, people, from);
  const series = async () => openSeries(ann, people, from);
  return [
    votes("votes of bob", bob, poll),
    votes("votes of cem", cem, poll),
    option(ann, bob, await openPoll(ann, people, from), from),
    activation(ann, fixed, from),
    consent(bob, poll, from),
    renamed(ann, await series()),
    split(ann, await series(), from),
    ruled(ann, await series()),
    answer(bob, await series(), from),
    imported("calendar of ann", ann),
    imported("calendar of bob", bob),
    rotated(cem),
  ];
}

/** Somebody who connects a calendar of that site. */
export async function brewWithSite(
  place: Place,
  site: ReturnType<typeof startCalendarSite>,
): Promise<Register[]> {
  const dan = await join(place, "dan");
  return [...(await brew(place)), await refreshed(dan, site)];
}

/** What a store holds that it must not, or does not hold of what was acknowledged. */
export function faultsIn(directory: string, registers: readonly Register[], settle = false): string[] {
  using db = new SqliteFile(joinPath(directory, "jarvis.db"));
  const faults = [...brokenIn(db), ...registers.flatMap((register) => register.faultIn(db) ?? [])];
  if (settle) for (const register of registers) register.settle(db);
  return faults;
}
