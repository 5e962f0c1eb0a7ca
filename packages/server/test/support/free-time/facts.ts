import type { HoursWindow, Weekday } from "@jarvis/contract";
import type { Answer } from "../../../src/schedule/free-time-rules.ts";
import type { Span } from "../../../src/schedule/span-rules.ts";
import { Dice } from "../simulation/dice.ts";

/** A person as life has them: instants, zones and local hours. */
export interface PersonFacts {
  readonly required: boolean;
  readonly shared: Span | null;
  readonly calendars: readonly (readonly Span[])[];
  readonly bufferS: number;
  readonly zone: string;
  readonly hours: readonly HoursWindow[] | null;
  readonly votes: readonly (Answer | undefined)[];
}

/** A question for a time, and everything that its answer may depend on. */
export interface Facts {
  readonly range: Span;
  readonly durationMs: number;
  readonly limit: number;
  readonly zone: string;
  readonly weekdays: readonly Weekday[] | null;
  readonly options: readonly (Span | null)[];
  readonly people: readonly PersonFacts[];
  /** People of whom nothing is known. */
  readonly addresses: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const days: readonly Weekday[] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/** Clocks that change by an hour and by half of one, that are ahead by odd minutes, and that never change. */
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "Africa/Casablanca",
];
/** Days on which some of these change, and one on which none does. */
const dates = [
  "2026-03-08",
  "2026-03-29",
  "2026-04-05",
  "2026-09-27",
  "2026-10-04",
  "2026-10-25",
  "2026-11-01",
  "2026-06-15",
].map((date) => Date.parse(`${date}T00:00:00Z`));

/** Facts drawn from a seed: mostly few people and days, so that times collide. */
export function drawFacts(seed: number): Facts {
  const dice = new Dice(seed);
  const base = pick(dice, dates) - day;
  const fromMs = base + dice.int(24 * 60) * minute;
  const range = { fromMs, toMs: fromMs + Math.ceil(dice.int(3 * 24 * 60)) * minute };
  const durationMs = (dice.chance(0.8) ? 15 * (1 + dice.int(16)) : 1 + dice.int(300)) * minute;
  const options = Array.from({ length: dice.chance(0.5) ? 0 : 1 + dice.int(4) }, () =>
    dice.chance(0.1) ? null : near(dice, range, 6 * hour),
  );
  const someZones = [pick(dice, zones), pick(dice, zones)];
  return {
    range,
    durationMs,
    limit: 1 + dice.int(50),
    zone: pick(dice, zones),
    weekdays: dice.chance(0.5) ? null : days.filter(() => dice.chance(0.4)),
    options,
    people: Array.from({ length: 1 + dice.int(5) }, () => drawPerson(dice, range, options.length, someZones)),
    addresses: dice.chance(0.2) ? dice.int(3) : 0,
  };
}

function drawPerson(dice: Dice, range: Span, options: number, someZones: readonly string[]): PersonFacts {
  const vote = (): Answer | undefined =>
    dice.chance(0.4) ? undefined : pick(dice, ["yes", "if_needed", "no"] as const);
  return {
    required: dice.chance(0.3),
    shared: drawShared(dice, range),
    calendars: Array.from({ length: dice.int(3) }, () =>
      Array.from({ length: dice.int(6) }, () => near(dice, range, 4 * hour)),
    ),
    bufferS: dice.chance(0.5) ? 0 : dice.int(4 * 3_600),
    zone: pick(dice, someZones),
    hours: dice.chance(0.4) ? null : Array.from({ length: 1 + dice.int(3) }, () => drawHours(dice)),
    votes: dice.chance(0.6) ? [] : Array.from({ length: options }, vote),
  };
}

function drawShared(dice: Dice, range: Span): Span | null {
  if (dice.chance(0.2)) return null;
  if (dice.chance(0.4)) return { fromMs: range.fromMs - day, toMs: range.toMs + day };
  return near(dice, range, 3 * day);
}

function drawHours(dice: Dice): HoursWindow {
  const chosen = days.filter(() => dice.chance(0.6));
  const step = dice.chance(0.7) ? 30 : 1;
  const clock = () => {
    const at = dice.int((24 * 60) / step) * step;
    return `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  };
  const from = clock();
  const to = dice.chance(0.2) ? "24:00" : clock();
  return { days: chosen.length === 0 ? ["sa"] : chosen, from, to: to === from ? "24:00" : to };
}

/** A stretch that begins somewhere around the range, on any minute. */
function near(dice: Dice, { fromMs, toMs }: Span, atMost: number): Span {
  const begin = fromMs - 6 * hour + dice.int((toMs - fromMs + 12 * hour) / minute) * minute;
  return { fromMs: begin, toMs: begin + (1 + dice.int(atMost / minute)) * minute };
}

function pick<T>(dice: Dice, from: readonly T[]): T {
  const picked = from[dice.int(from.length)];
  if (picked === undefined) throw new Error("there is nothing to pick from");
  return picked;
}
