// Runs alone: two ways to search are compared.
import { expect, test } from "bun:test";
import { measureFreeTime } from "../free-time.ts";

test("the search for free time holds its bars, and answers what a loop over every entry answers", async () => {
  const figures = await measureFreeTime();
  process.stdout.write(`free time: ${JSON.stringify(figures)}\n`);
  expect(figures.filter(({ holds }) => !holds)).toEqual([]);
}, 60_000);
