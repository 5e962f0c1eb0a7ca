import type { HoursWindow, Weekday } from "@jarvis/contract";
import type { Answer } from "../../../src/schedule/free-time-rules.ts";
import type { Span } from "../../../src/schedule/span-rules.ts";
import type { Facts, PersonFacts } from "./facts.ts";

/**
 * What suggestions promise, looked up minute by minute and person by person, with sets of people and none of the
 * arithmetic of the search.
 */
export interface Expected {
  startMs: number;
  available: number[];
  ifNeeded: number[];
  busy: number;
  unknown: number;
  outside: number;
  requiredBusy: number;
  votes: { yes: number; if_needed: number; no: number };
  preferred: boolean;
  score: number;
}

type Standing = "available" | "if_needed" | "busy" | "outside" | "unknown";
type Ranked = { expected: Expected; roundness: number; points: number };

const minute = 60_000;
const quarter = 15 * minute;

export function suggestByMinutes(facts: Facts): Expected[] {
  const slots: Ranked[] = [];
  const begin = Math.ceil(facts.range.fromMs / quarter) * quarter;
  for (let startMs = begin; startMs + facts.durationMs <= facts.range.toMs; startMs += quarter) {
    const slot = look(facts, startMs);
    const { available, ifNeeded } = slot.expected;
    if (available.length + ifNeeded.length > 0) slots.push(slot);
  }
  slots.sort(better);
  const listed: Ranked[] = [];
  for (const slot of slots) {
    if (listed.length === facts.limit) break;
    if (
      !listed.some(
        (other) =>
          overlaps(facts, slot.expected, other.expected) && samePeople(slot.expected, other.expected),
      )
    )
      listed.push(slot);
  }
  return listed.map(({ expected }) => expected);
}

function better(a: Ranked, b: Ranked): number {
  return (
    a.expected.requiredBusy - b.expected.requiredBusy ||
    b.points - a.points ||
    a.roundness - b.roundness ||
    a.expected.startMs - b.expected.startMs
  );
}

function overlaps({ durationMs }: Facts, a: Expected, b: Expected): boolean {
  const taken = Math.ceil(durationMs / quarter) * quarter;
  return a.startMs < b.startMs + taken && b.startMs < a.startMs + taken;
}

function samePeople(a: Expected, b: Expected): boolean {
  return a.available.join() === b.available.join() && a.ifNeeded.join() === b.ifNeeded.join();
}

function look(facts: Facts, startMs: number): Ranked {
  const slot = { fromMs: startMs, toMs: startMs + facts.durationMs };
  const votes = { yes: 0, if_needed: 0, no: 0 };
  const who: Record<Standing, number[]> = {
    available: [],
    if_needed: [],
    busy: [],
    outside: [],
    unknown: [],
  };
  let requiredBusy = 0;
  for (const [index, person] of facts.people.entries()) {
    const vote = voteOf(facts, person, slot);
    if (vote !== undefined) votes[vote]++;
    const standing = vote === undefined ? byCalendar(person, slot) : meaning[vote];
    who[standing].push(index);
    if (person.required && (standing === "busy" || standing === "outside")) requiredBusy++;
  }
  const people = facts.people.length + facts.addresses;
  const unknown = who.unknown.length + facts.addresses;
  const local = localTime(facts.zone, startMs);
  const preferred = facts.weekdays?.includes(local.weekday) ?? false;
  const points =
    who.available.length * 4 + who.if_needed.length * 2 + unknown + (preferred ? 0.4 * people : 0);
  const past = local.minute % 60;
  const expected = {
    startMs,
    available: who.available,
    ifNeeded: who.if_needed,
    busy: who.busy.length + who.outside.length,
    unknown,
    outside: who.outside.length,
    requiredBusy,
    votes,
    preferred,
    score: Math.round((1_000 * Math.round(points * 10)) / 10 / (4 * people)) / 10,
  };
  return {
    expected,
    points: Math.round(points * 10),
    roundness: past === 0 ? 0 : past === 30 ? 1 : 2,
  };
}

const meaning = { yes: "available", if_needed: "if_needed", no: "busy" } as const;

/** What they said of an option in which the slot lies; the kindest, where several do. */
function voteOf({ options }: Facts, { votes }: PersonFacts, slot: Span): Answer | undefined {
  const covering = votes.filter((_, index) => {
    const option = options[index] ?? null;
    return option !== null && option.fromMs <= slot.fromMs && slot.toMs <= option.toMs;
  });
  const said = new Set(covering);
  return (["yes", "if_needed", "no"] as const).find((answer) => said.has(answer));
}

function byCalendar(person: PersonFacts, slot: Span): Standing {
  const { shared } = person;
  if (shared === null) return "unknown";
  const isShared = (at: number) => shared.fromMs <= at && at + quarter <= shared.toMs;
  const buffer = Math.ceil((person.bufferS * 1_000) / quarter) * quarter;
  for (let at = slot.fromMs; at < slot.toMs; at += quarter) if (!isShared(at)) return "unknown";
  const end = slot.fromMs + Math.ceil((slot.toMs - slot.fromMs) / quarter) * quarter + buffer;
  for (let at = slot.fromMs - buffer; at < end; at += quarter)
    if (isShared(at) && isBusy(person, at)) return "busy";
  const { hours } = person;
  if (hours === null) return "available";
  for (let at = slot.fromMs; at < slot.toMs; at += minute)
    if (!isIn(hours, localTime(person.zone, at))) return "outside";
  return "available";
}

function isBusy({ calendars }: PersonFacts, at: number): boolean {
  return calendars.some((calendar) =>
    calendar.some(({ fromMs, toMs }) => fromMs < at + quarter && at < toMs),
  );
}

interface LocalTime {
  readonly weekday: Weekday;
  readonly minute: number;
}

const names: readonly Weekday[] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

function isIn(hours: readonly HoursWindow[], { weekday, minute: now }: LocalTime): boolean {
  const yesterday = names[(names.indexOf(weekday) + 6) % 7];
  return hours.some(({ days, from, to }) => {
    const [begin, end] = [inMinutes(from), inMinutes(to)];
    if (begin < end) return days.includes(weekday) && begin <= now && now < end;
    const isEvening = days.includes(weekday) && begin <= now;
    return isEvening || (yesterday !== undefined && days.includes(yesterday) && now < end);
  });
}

function inMinutes(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return 60 * hours + minutes;
}

const known = new Map<string, Map<number, LocalTime>>();

/** What a clock there shows; looked up once for each minute. */
function localTime(zone: string, at: number): LocalTime {
  const times = known.get(zone) ?? new Map<number, LocalTime>();
  known.set(zone, times);
  const present = times.get(at);
  if (present !== undefined) return present;
  const {
    dayOfWeek,
    hour,
    minute: past,
  } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const time = { weekday: names[dayOfWeek - 1] ?? "mo", minute: 60 * hour + past };
  times.set(at, time);
  return time;
}
