import { wishesOf } from "../packages/server/src/schedule/candidate-rules.ts";
import {
  type Candidate,
  type Search,
  searchOf,
  spanOf,
  startsOutside,
} from "../packages/server/src/schedule/free-time-rules.ts";
import { expandHours, offsetsOf } from "../packages/server/src/schedule/hours-rules.ts";
import { rank, type Wishes } from "../packages/server/src/schedule/ranking-rules.ts";
import { Tallying } from "../packages/server/src/schedule/tally-rules.ts";
import { whoComes } from "../packages/server/src/schedule/suggestion-rules.ts";
import type { UserId } from "@jarvis/contract";
import { searchNaively } from "../packages/server/test/support/free-time/naive.ts";
import { Dice } from "../packages/server/test/support/simulation/dice.ts";
import { measureSuggestions } from "./suggestions.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const entries = 300;
const weeks = 8;
const from = Date.UTC(2030, 5, 3);
const range = { fromMs: from, toMs: from + weeks * 7 * day };
const zones = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"];

interface Figure {
  name: string;
  value: number;
  unit: string;
  bar: string;
  holds: boolean;
}

/** The search for free time by itself, against the loop that one would write first, and as a whole call. */
export async function reportFreeTime(): Promise<boolean> {
  const figures = await measureFreeTime();
  console.log("\n| figure | value | bar | |\n| --- | --- | --- | --- |");
  for (const { name, value, unit, bar, holds } of figures)
    console.log(
      `| ${name} | ${value.toFixed(2)} ${unit} | ${bar} | ${bar === "" ? "" : holds ? "holds" : "MISSED"} |`,
    );
  return figures.every(({ holds }) => holds);
}

export async function measureFreeTime(): Promise<Figure[]> {
  return [...searches(), ...(await wholeCall())];
}

function searches(): Figure[] {
  const search = searchOf(range, 2 * 60 * minute);
  const offsets = offsetsOf("Europe/Berlin", spanOf(search));
  const wishes = wishesOf(search, offsets, ["fr", "sa"]);
  const crowd = drawPeople(search, 2_000);
  const few = crowd.slice(0, 20);
  sameAnswers(search, few, wishes);
  const fewMs = best(() => searchFast(search, few, wishes));
  const naiveMs = best(() => searchNaively(search, few, wishes, 0, 10), 3);
  const half = best(() => searchFast(search, crowd.slice(0, 500), wishes));
  const thousand = best(() => searchFast(search, crowd.slice(0, 1_000), wishes));
  const double = best(() => searchFast(search, crowd, wishes));
  return [
    under(`20 people, ${weeks} weeks, ${entries} entries each`, fewMs, 5, "ms"),
    {
      name: "the same, every entry of every person of every slot",
      value: naiveMs,
      unit: "ms",
      bar: "",
      holds: true,
    },
    { name: "times as fast", value: naiveMs / fewMs, unit: "×", bar: "≥ 20 ×", holds: naiveMs / fewMs >= 20 },
    { name: "500 people", value: half, unit: "ms", bar: "", holds: true },
    under("1,000 people", thousand, 100, "ms"),
    { name: "2,000 people", value: double, unit: "ms", bar: "", holds: true },
    under("2,000 people against 500 (linear: 4)", double / half, 6, "×"),
  ];
}

async function wholeCall(): Promise<Figure[]> {
  const { cpuMs, longestMs, people } = await measureSuggestions();
  return [
    under(`the whole call of ${people} people, processor`, cpuMs, 250, "ms"),
    under("its longest turn of the event loop", longestMs, 30, "ms"),
  ];
}

function under(name: string, value: number, bar: number, unit: string): Figure {
  return { name, value, unit, bar: `≤ ${bar} ${unit}`, holds: value <= bar };
}

/** Calendars as they come out of the store: on 8 weeks, one of the person's own and one imported. */
function drawPeople(search: Search, count: number): Candidate[] {
  const dice = new Dice(1);
  const { fromMs, toMs } = spanOf(search);
  const shared = { from: fromMs / (15 * minute), to: toMs / (15 * minute) };
  const hours = [{ days: ["mo", "tu", "we", "th", "fr", "sa"], from: "08:00", to: "23:00" }] as const;
  const outside = zones.map((zone) =>
    startsOutside(
      search,
      expandHours([{ ...hours[0], days: [...hours[0].days] }], offsetsOf(zone, { fromMs, toMs })),
    ),
  );
  return Array.from({ length: count }, (_, index) => ({
    required: index < 3,
    shared,
    busy: [drawCalendar(dice, shared, 60), drawCalendar(dice, shared, entries - 60)],
    buffer: 2,
    outside: outside[index % outside.length] ?? [],
    votes: [],
  }));
}

function drawCalendar(
  dice: Dice,
  { from: first, to }: { from: number; to: number },
  count: number,
): Uint32Array {
  const step = (to - first) / count;
  return Uint32Array.from({ length: 2 * count }, (_, index) => {
    const begin = Math.floor(first + Math.floor(index / 2) * step);
    return index % 2 === 0 ? begin : begin + 1 + dice.int(Math.max(1, Math.floor(step / 2)));
  });
}

function searchFast(search: Search, people: readonly Candidate[], wishes: Wishes) {
  const tallying = new Tallying(search);
  for (const candidate of people) tallying.add(candidate);
  const byUser = new Map(people.map((candidate, index) => [String(index) as UserId, candidate])); // stands for an id
  return rank(search, tallying.sum(), wishes, people.length, 10).map(({ start }) => {
    return Object.assign(whoComes(search, byUser, start), { start });
  });
}

/** What is measured answers the same. */
function sameAnswers(search: Search, people: readonly Candidate[], wishes: Wishes): void {
  const fast = searchFast(search, people, wishes).map(({ start, available, if_needed }) => ({
    start,
    available: available.map(Number),
    ifNeeded: if_needed.map(Number),
  }));
  if (!Bun.deepEquals(fast, searchNaively(search, people, wishes, 0, 10)))
    throw new Error("the search answers something else than the loop");
}

/** The quickest of several: a busy machine only adds. */
function best(work: () => unknown, times = 9): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    work();
    bestMs = Math.min(bestMs, performance.now() - began);
  }
  return bestMs;
}
