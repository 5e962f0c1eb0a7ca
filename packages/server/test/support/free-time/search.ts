import { bufferQuarters, sharedQuarters, voteRuns, wishesOf } from "../../../src/schedule/candidate-rules.ts";
import {
  type Candidate,
  type Search,
  searchOf,
  spanOf,
  standing,
  standingAt,
  startsOutside,
} from "../../../src/schedule/free-time-rules.ts";
import { expandHours, offsetsOf } from "../../../src/schedule/hours-rules.ts";
import { rank } from "../../../src/schedule/ranking-rules.ts";
import { quarterMs, quartersOf } from "../../../src/schedule/rules.ts";
import { Tallying } from "../../../src/schedule/tally-rules.ts";
import type { Facts, PersonFacts } from "./facts.ts";
import type { Expected } from "./minutes.ts";
import { searchNaively } from "./naive.ts";

/** The server's search over the same facts. */
export function suggestBySearch(facts: Facts): Expected[] {
  const search = searchOf(facts.range, facts.durationMs);
  if (search.count === 0) return [];
  const candidates = facts.people.map((person) => toCandidate(search, facts, person));
  const tallying = new Tallying(search);
  for (const candidate of candidates) tallying.add(candidate);
  const people = candidates.length + facts.addresses;
  const wishes = wishesOf(search, offsetsOf(facts.zone, spanOf(search)), facts.weekdays);
  return rank(search, tallying.sum(), wishes, people, facts.limit).map((slot) => {
    const { start, available, ...rest } = slot;
    const standings = candidates.map((candidate) => standingAt(search, candidate, start));
    const at = (...wanted: number[]) =>
      standings.flatMap((now, index) => (wanted.includes(now) ? [index] : []));
    return Object.assign(rest, {
      startMs: (search.first + start) * quarterMs,
      available: at(standing.free, standing.yes),
      ifNeeded: at(standing.if_needed),
      unknown: people - available - slot.ifNeeded - slot.busy,
    });
  });
}

/** The first thing that one would write, over the same facts. */
export function suggestNaively(facts: Facts): Pick<Expected, "startMs" | "available" | "ifNeeded">[] {
  const search = searchOf(facts.range, facts.durationMs);
  if (search.count === 0) return [];
  const candidates = facts.people.map((person) => toCandidate(search, facts, person));
  const wishes = wishesOf(search, offsetsOf(facts.zone, spanOf(search)), facts.weekdays);
  return searchNaively(search, candidates, wishes, facts.addresses, facts.limit).map((slot) => ({
    startMs: (search.first + slot.start) * quarterMs,
    available: [...slot.available],
    ifNeeded: [...slot.ifNeeded],
  }));
}

function toCandidate(search: Search, facts: Facts, person: PersonFacts): Candidate {
  const { shared, hours, zone } = person;
  const inHours = hours && expandHours(hours, offsetsOf(zone, spanOf(search)));
  return {
    required: person.required,
    shared: shared && sharedQuarters(shared),
    busy: person.calendars.map(quartersOf),
    buffer: bufferQuarters(person.bufferS),
    outside: inHours === null ? [] : startsOutside(search, inHours),
    votes: voteRuns(search, facts.options, person.votes),
  };
}
