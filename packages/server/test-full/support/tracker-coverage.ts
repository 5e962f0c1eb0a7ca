/**
 * Runs under Node, for V8 tells which blocks ran and Bun does not:
 *   node tracker-coverage.mjs <readers.mjs> <requests.json> <seconds> <seed>
 * Changes requests, keeps those that reach code which none had reached, and goes on from them.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Read, Sent } from "../../src/lib/trackers/types.ts";
import { Dice } from "../../test/support/simulation/dice.ts";
import { type CorpusRequest, journeyOverMs, sentOf } from "../../test/support/trackers/corpus.ts";
import { faultsOf } from "../../test/support/trackers/judge.ts";
import { mutated } from "../../test/support/trackers/mutations.ts";
import { Covered } from "./covered.ts";

interface Built {
  readers: ((sent: Sent, now: number) => Read)[];
}

/** So many are tried before V8 is asked, which costs more than they do. */
const batch = 25;

const [readersPath = "", requestsPath = "", seconds = "1", seed = "0"] = process.argv.slice(2);
const source = readFileSync(readersPath, "utf8");
const url = pathToFileURL(readersPath).href;
const covered = new Covered(url, source.length);
const { readers } = (await import(url)) as Built; // what tracker-readers.ts exports
const kept = JSON.parse(readFileSync(requestsPath, "utf8")) as CorpusRequest[]; // written by the test that starts this
const dice = new Dice(Number(seed));
const chance = () => dice.fraction();
const faults: { request: CorpusRequest; faults: string[] }[] = [];

function run(request: CorpusRequest): void {
  const sent = sentOf(request);
  for (const read of readers) {
    const found = faultsOf(read, sent, journeyOverMs);
    if (found.length > 0) faults.push({ request, faults: found });
  }
}

for (const request of kept) run(request);
covered.take();
const seeds = kept.length;
let runs = 0;
const endMs = performance.now() + Number(seconds) * 1000;
while (performance.now() < endMs && faults.length === 0) {
  const tried = Array.from({ length: batch }, () => mutated(kept, chance));
  for (const request of tried) run(request);
  runs += batch;
  // One of these reached what none had; V8 cannot say which.
  if (covered.take()) kept.push(...tried);
}

function uncovered(): string[] {
  return covered
    .gaps()
    .map(([from, to]) => source.slice(from, to))
    .filter((text) => /\w/.test(text));
}

process.stdout.write(
  JSON.stringify({
    runs,
    seeds,
    kept: kept.length,
    length: source.length,

    gaps: uncovered(),
    faults,
  }),
);
