import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { at, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { Syncing } from "./support/google/syncing.ts";

const count = 4;
const singles = ["s0", "s1", "s2", "s3"] as const;
const masters = ["r0", "r1", "r2"] as const;

/** One thing that somebody does to a calendar at Google, or that happens on the way. */
type Step =
  | { does: "puts"; id: string; day: number; hour: number; as: "busy" | "declined" | "transparent" }
  | { does: "deletes"; id: string }
  | { does: "begins"; id: string; day: number; hour: number }
  | { does: "ends"; id: string }
  | {
      does: "changes";
      id: string;
      instance: number;
      into: "deleted" | "declined" | "moved" | "as it was";
      hour: number;
    }
  | { does: "pages"; size: number }
  | { does: "fails"; after: number }
  | { does: "forgets the token" | "syncs" };

const day = fc.integer({ min: 3, max: 20 });
const hour = fc.integer({ min: 4, max: 18 });
const single = fc.constantFrom(...singles);
const master = fc.constantFrom(...masters);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("puts"),
      id: single,
      day,
      hour,
      as: fc.constantFrom("busy", "busy", "declined", "transparent"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("deletes"), id: single }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("begins"), id: master, day, hour }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("ends"), id: master }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("changes"),
      id: master,
      instance: fc.nat(count - 1),
      into: fc.constantFrom("deleted", "declined", "moved", "as it was"),
      hour,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("pages"), size: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("fails"), after: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("forgets the token") }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("syncs") }) },
);

/** An hour of June 2030, as iCalendar writes it in UTC. */
function hourAt(dayOfMonth: number, hourOfDay: number): string {
  return `203006${String(dayOfMonth).padStart(2, "0")}T${String(hourOfDay).padStart(2, "0")}`;
}

function iso(dayOfMonth: number, hourOfDay: number): string {
  return `${hourAt(dayOfMonth, hourOfDay).replace(/^(....)(..)(..)/, "$1-$2-$3")}:00:00Z`;
}

/** What the person's calendar is, told by itself: the hours at which they are busy. */
class Told {
  readonly #singles = new Map<string, string>();
  readonly #series = new Map<string, (string | null)[]>();
  readonly #begun = new Map<string, { day: number; hour: number }>();

  get busy(): string[] {
    return [...this.#singles.values(), ...[...this.#series.values()].flat()]
      .filter((one) => one !== null)
      .toSorted();
  }

  /** Does it here and at Google. What cannot be done is left. */
  do(step: Step, { google }: Syncing): void {
    const { primary } = google;
    if (step.does === "puts") this.#put(step, primary);
    else if (step.does === "deletes" && this.#singles.delete(step.id)) primary.cancel(step.id);
    else if (step.does === "begins" && !this.#begun.has(step.id)) this.#begin(step, primary);
    else if (step.does === "ends" && this.#series.delete(step.id)) primary.cancel(step.id);
    else if (step.does === "changes") this.#change(step, primary);
    else if (step.does === "pages") primary.pageSize = step.size;
    else if (step.does === "forgets the token") primary.endSyncTokens();
    else if (step.does === "fails") fail(google, step.after);
  }

  #put(step: Extract<Step, { does: "puts" }>, calendar: Syncing["google"]["primary"]): void {
    const { id, as } = step;
    const declined = {
      attendees: [{ self: true, responseStatus: as === "declined" ? "declined" : "accepted" }],
    };
    const transparency = as === "transparent" ? "transparent" : "opaque";
    calendar.put({
      id,
      ...span(iso(step.day, step.hour), iso(step.day, step.hour + 1)),
      ...declined,
      transparency,
    });
    if (as === "busy") this.#singles.set(id, hourAt(step.day, step.hour));
    else this.#singles.delete(id);
  }

  #begin(
    { id, day: first, hour: start }: Extract<Step, { does: "begins" }>,
    calendar: Syncing["google"]["primary"],
  ): void {
    const local = (h: number) => iso(first, h + 2).slice(0, -1);
    calendar.put(series(id, local(start), local(start + 1), [`RRULE:FREQ=DAILY;COUNT=${count}`]));
    this.#begun.set(id, { day: first, hour: start });
    this.#series.set(
      id,
      Array.from({ length: count }, (_, n) => hourAt(first + n, start)),
    );
  }

  #change(
    { id, instance, into, hour: other }: Extract<Step, { does: "changes" }>,
    calendar: Syncing["google"]["primary"],
  ): void {
    const begun = this.#begun.get(id);
    const instances = this.#series.get(id);
    if (begun === undefined || instances === undefined) return;
    const on = begun.day + instance;
    const event = {
      id: `${id}_${instance}`,
      recurringEventId: id,
      originalStartTime: at(iso(on, begun.hour)),
    };
    const from = into === "moved" ? other : begun.hour;
    const times = span(iso(on, from), iso(on, from + 1));
    if (into === "deleted") calendar.put({ ...event, status: "cancelled" });
    else
      calendar.put({
        ...event,
        ...times,
        attendees: [{ self: true, responseStatus: into === "declined" ? "declined" : "accepted" }],
      });
    instances[instance] = into === "deleted" || into === "declined" ? null : hourAt(on, from);
  }
}

/** The call after so many fails, for longer than there is patience. */
function fail({ faults }: Syncing["google"], after: number): void {
  let left = after;
  faults.push((url) => (url.pathname.endsWith("/events") && left-- <= 0 ? failures.backend() : undefined));
}

/** Every hour that the iCalendar says: a series is of so many days. */
function hoursOf(lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => {
      const [, local, first = "", start = ""] =
        /^DTSTART(;TZID=Europe\/Berlin)?:203006(\d\d)T(\d\d)/.exec(line) ?? [];
      const left = new Set([...line.matchAll(/EXDATE;TZID=Europe\/Berlin:(\w{11})/g)].map(([, one]) => one));
      const days = Array.from({ length: line.includes("RRULE") ? count : 1 }, (_, n) => Number(first) + n);
      return days
        .filter((one) => !left.has(hourAt(one, Number(start))))
        .map((one) => hourAt(one, Number(start) - (local === undefined ? 0 : 2)));
    })
    .toSorted();
}

test("whatever is done at Google, and whatever fails on the way, a sync ends with what is there", async () => {
  let syncs = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await using person = new Syncing();
      person.patienceMs = 0;
      const told = new Told();
      for (const one of [...steps, { does: "syncs" } as const]) {
        told.do(one, person);
        if (one.does !== "syncs") continue;
        const before = person.kept;
        while (person.google.faults.length > 0) {
          const { length } = person.google.faults;
          const outcome = await person.sync().catch(() => null);
          if (outcome !== null) {
            expect(hoursOf(outcome)).toEqual(told.busy);
            break;
          }
          failed++;
          expect([person.kept === before, person.google.faults.length]).toEqual([true, length - 1]);
        }
        person.google.faults.length = 0; // the rest of them found no page to fail at
        expect(hoursOf(await person.sync())).toEqual(told.busy);
        syncs++;
      }
    }),
    { numRuns: 150 },
  );
  expect([syncs > 150, failed > 20]).toEqual([true, true]);
}, 60_000);
