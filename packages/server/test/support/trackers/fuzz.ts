import { Dice } from "../simulation/dice.ts";
import { apps, type CorpusRequest, journeyOverMs, loadApp, protocols, readers, sentOf } from "./corpus.ts";
import { faultsOf } from "./judge.ts";
import { mutated, pick } from "./mutations.ts";

/** Every request of the corpus. */
export async function allRequests(): Promise<CorpusRequest[]> {
  const files = await Promise.all(apps.map(loadApp));
  return files.flatMap(({ recordings, beside }) =>
    recordings.flatMap(({ requests }) => requests).concat(beside.map(({ request }) => request)),
  );
}

export interface ReadingReport {
  faults: { request: CorpusRequest; faults: string[] }[];
  /** How many points came of it, so that a run that read nothing shows. */
  points: number;
}

/** Changed requests, each given to a reader (its own or another's). */
export async function fuzzReaders(seed: number, count: number): Promise<ReadingReport> {
  const seeds = await allRequests();
  const dice = new Dice(seed);
  const chance = () => dice.fraction();
  const report: ReadingReport = { faults: [], points: 0 };
  for (let done = 0; done < count; done += 1) {
    const request = mutated(seeds, chance);
    const own = protocols.find((protocol) => request.target.includes(protocol));
    const reader = readers[own !== undefined && chance() < 0.8 ? own : pick(protocols, chance)];
    const sent = sentOf(request);
    const faults = faultsOf(reader, sent, journeyOverMs);
    if (faults.length > 0) report.faults.push({ request, faults });
    else report.points += reader(sent, journeyOverMs).points.length;
  }
  return report;
}
