import { describe, expect, spyOn, test } from "bun:test";
import { readFileSync } from "node:fs";
import { expandFromStart } from "../src/events/expansion.ts";
import { AppError } from "../src/lib/app-error.ts";
import { Calendars } from "../src/lib/calendar/calendars.ts";
import type { ExpandRequest, ReadRequest } from "../src/lib/calendar/work.ts";
import { wrapped } from "./support/calendar/corpus.ts";
import { hostileCalendars, hostileText } from "./support/calendar/hostile.ts";
import { movedClock } from "./support/clock.ts";
import { until } from "./support/photos.ts";

const weekly: ExpandRequest = {
  rule: "RRULE:FREQ=WEEKLY",
  start: "2026-03-22T18:00:00",
  timeZone: "Europe/London",
  fromMs: Date.parse("2026-01-01"),
  untilMs: Date.parse("2026-12-31"),
  limit: 2,
};
const starts = { starts: [Date.parse("2026-03-22T18:00Z"), Date.parse("2026-03-29T17:00Z")], more: true };

const lunch: ReadRequest = {
  text: new TextEncoder().encode(
    wrapped(["BEGIN:VEVENT", "DTSTART:20260310T120000Z", "DURATION:PT1H", "END:VEVENT"]),
  ),
  timeZone: "Europe/London",
  fromMs: weekly.fromMs,
  untilMs: weekly.untilMs,
};
const tuesdays = { rule: "FREQ=WEEKLY", anchor: weekly.start, zone: weekly.timeZone };
/** A program that is not there, and one that lacks a module. */
const missing = `${import.meta.dir}/support/calendar/no-such-program.ts`;
const failing = `${import.meta.dir}/support/calendar/failing-process.ts`;

const noon = Date.parse("2026-03-10T12:00Z") / 900_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Its process is warm and then stopped, so that the next job is in the middle for as long as nobody ends it. */
async function stuck(calendars: Calendars): Promise<number> {
  expect(await calendars.expandRule(weekly)).toEqual(starts);
  const [pid = 0] = calendars.processIds;
  process.kill(pid, "SIGSTOP");
  return pid;
}

async function using<T>(calendars: Calendars, work: (calendars: Calendars) => Promise<T>): Promise<T> {
  try {
    return await work(calendars);
  } finally {
    await calendars.stop();
  }
}

describe("calendars", () => {
  test("are read by nobody until there is one, by two at most, and by nobody a minute after", async () => {
    const clock = movedClock();
    await using(new Calendars(clock), async (calendars) => {
      expect(calendars.processIds).toEqual([]);
      const answers = await Promise.all(Array.from({ length: 12 }, () => calendars.read(lunch)));
      for (const answer of answers)
        expect(answer).toMatchObject({
          busy: Uint32Array.of(noon, noon + 4),
          events: 1,
          skipped: [],
          refreshMs: null,
        });
      const pids = calendars.processIds;
      expect(pids.length).toBeLessThanOrEqual(2);
      clock.advance(59_999);
      expect(calendars.processIds).toEqual(pids);
      clock.advance(1);
      await until(() => calendars.processIds.length === 0);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(await calendars.expandRule(weekly)).toEqual(starts);
    });
  });

  test("case 85: a process that is over its deadline is ended, says so, and costs its job alone", async () => {
    await using(new Calendars(movedClock(), { readMs: 200, expandMs: 200 }), async (calendars) => {
      for (const work of [() => calendars.read(lunch), () => calendars.expandRule(weekly)]) {
        const pid = await stuck(calendars);
        expect(await work()).toEqual({ fault: "too_expensive" });
        await until(() => !isAlive(pid));
      }
      expect(calendars.failures).toBe(2);
      expect(await calendars.read(lunch)).toMatchObject({ events: 1 });
    });
  });

  test.if(process.platform === "linux")(
    "case 88: a process that takes too much memory is ended",
    async () => {
      await using(new Calendars(movedClock(), { rssBytes: 8 * 1024 * 1024 }), async (calendars) => {
        const lines = hostileText(hostileCalendars["all the rules, many times"]?.() ?? []);
        const long = calendars.read({ ...lunch, text: new TextEncoder().encode(lines) });
        const pids = calendars.processIds;
        expect(pids).toHaveLength(1);
        expect(await long).toEqual({ fault: "too_expensive" });
        await until(() => pids.filter(isAlive).length === 0);
      });
    },
  );

  test("are not read when too much waits already, or when the server stops", async () => {
    const calendars = new Calendars(movedClock());
    await stuck(calendars);
    const waiting = Array.from({ length: 300 }, () => calendars.read(lunch).catch((error: unknown) => error));
    const refused = await Promise.race(waiting.slice(-1));
    expect(refused).toBeInstanceOf(AppError);
    await calendars.stop();
    for (const answer of await Promise.all(waiting))
      if (answer instanceof Error) expect(answer).toMatchObject({ code: "unavailable" });
    expect(calendars.processIds.filter(isAlive)).toEqual([]);
    expect(calendars.expandRule(weekly)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("that no process can be started for are unavailable: no fault of whoever asks", async () => {
    for (const entry of [missing, failing]) {
      await using(new Calendars(movedClock(), {}, entry), async (calendars) => {
        const answers = await Promise.allSettled([
          calendars.expandRule(weekly),
          calendars.read(lunch),
          expandFromStart({ calendars, clock: movedClock() }, tuesdays, weekly.fromMs),
        ]);
        for (const answer of answers)
          expect(answer).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
        expect(calendars.failures).toBe(3);
        await until(() => calendars.processIds.length === 0);
      });
    }
  });

  test("are unavailable where the system has no room for a process, and read again once it has", async () => {
    const spawn = spyOn(Bun, "spawn").mockImplementationOnce(() => {
      throw new Error("EAGAIN");
    });
    try {
      await using(new Calendars(movedClock()), async (calendars) => {
        expect(calendars.expandRule(weekly)).rejects.toMatchObject({ code: "unavailable" });
        expect(await calendars.expandRule(weekly)).toEqual(starts);
      });
    } finally {
      spawn.mockRestore();
    }
  });

  test("too large to be read are not given to anybody", async () => {
    await using(new Calendars(movedClock()), async (calendars) => {
      expect(await calendars.read({ ...lunch, text: new Uint8Array(1024 * 1024 + 1) })).toEqual({
        fault: "too_large",
      });
      expect(calendars.processIds).toEqual([]);
    });
  });

  test.if(process.platform === "linux")(
    "are read by processes that know no secret of the server",
    async () => {
      await using(new Calendars(movedClock()), async (calendars) => {
        await calendars.read(lunch);
        const environment = readFileSync(`/proc/${calendars.processIds[0]}/environ`, "latin1");
        const names = environment.split("\0").map((line) => line.split("=")[0]);
        expect(
          names.filter((name) => name !== "" && !/^(?:NODE_CHANNEL|MALLOC_ARENA_MAX|BUN_)/.test(name ?? "")),
        ).toEqual([]);
      });
    },
  );

  test("a zone that nobody could have as a setting is a mistake of ours", async () => {
    await using(new Calendars(movedClock()), async (calendars) => {
      expect(calendars.read({ ...lunch, timeZone: "Europe/Nowhere" })).rejects.toThrow(RangeError);
      expect(calendars.expandRule({ ...weekly, timeZone: "+02:00" })).rejects.toThrow(RangeError);
    });
  });
});
