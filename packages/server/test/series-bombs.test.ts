import { expect, test } from "bun:test";
import { expectOk } from "./support/events.ts";
import { quickest } from "./support/quickest.ts";
import { createSeriesWorld, occurrencesOf } from "./support/series.ts";

const start_time = Date.UTC(2030, 0, 3, 18) / 1000; // a Thursday
const list = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i).join(",");
const dense = `FREQ=YEARLY;COUNT=1;BYMONTHDAY=${list(1, 31)};BYYEARDAY=${list(1, 60)};BYSETPOS=1`;

const bombs: [string, string][] = [
  ["seconds from long ago", "FREQ=SECONDLY"],
  ["the 30th of February", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"],
  ["very many combinations", dense],
  ["no interval", "FREQ=DAILY;INTERVAL=0"],
  ["a second first Thursday", "FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2"],
  ["a Thursday that is never the 24th", "FREQ=YEARLY;BYDAY=4TH;BYMONTHDAY=29;BYMONTH=11"],
  ["as many as there are numbers", "FREQ=DAILY;COUNT=2147483647;INTERVAL=2147483647"],
  ["a day every day for ever", "FREQ=DAILY;COUNT=2147483647"],
  ["as much as fits", `FREQ=YEARLY;BYSETPOS=-1,1;BYYEARDAY=${list(1, 110)}`],
];

/** The longest that a turn of the loop took while something was done. */
async function longestTurn<T>(task: () => Promise<T>): Promise<{ result: T; turnMs: number }> {
  let turnMs = 0;
  let ended = false;
  let last = performance.now();
  const watch = () => {
    const now = performance.now();
    turnMs = Math.max(turnMs, now - last);
    last = now;
    if (!ended) setImmediate(watch);
  };
  setImmediate(watch);
  const result = await task();
  ended = true;
  return { result, turnMs };
}

test.each(bombs)(
  "case 85: %s is answered or refused at once, and the others do not wait",
  async (_, rule) => {
    await using world = await createSeriesWorld();
    const { ann } = await world.people("ann");
    const create = (recurrence: string) =>
      ann.call("POST", "/event", { name: "x", start_time, duration: 60, recurrence });
    // The process that expands is there: a first rule of the day waits for it.
    const { id } = expectOk(await create("FREQ=DAILY;COUNT=2"), 201);
    const turns: number[] = [];
    const { result, ms } = await quickest(async () => {
      const watched = await longestTurn(() => create(rule));
      turns.push(watched.turnMs);
      return watched.result;
    });
    expect([201, 400, 422]).toContain(result.status);
    expect(ms).toBeLessThan(250);
    expect(Math.min(...turns)).toBeLessThan(50);
    expect(await occurrencesOf(ann, id)).toHaveLength(2);
  },
);
