import { type Persona, problem } from "@jarvis/contract";
import * as fc from "fast-check";
import { seedCast } from "../matrix/cast.ts";
import { inParallel } from "../matrix/cells.ts";
import { seedPoll } from "../matrix/poll.ts";
import { outcomeOf } from "../matrix/judge.ts";
import type { World } from "../world.ts";
import { request, toRequest } from "./requests.ts";

const slowMs = 1_000;
const batch = 200;
const callers: readonly Persona[] = ["owner", "accepted", "host", "invited", "stranger", "friend", "readded"];
const strictProblem = problem.strict();

export interface Report {
  faults: string[];
  /** How often each outcome came, so that a run that is refused at the door is noticed. */
  outcomes: Map<string, number>;
}

/** Makes so many requests from one seed; every batch has people and events of its own, because some calls end them. */
export async function fuzzHttp(world: World, seed: number, count: number): Promise<Report> {
  const report: Report = { faults: [], outcomes: new Map() };
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    const drafts = fc.sample(request, { seed: seed + first, numRuns: size });
    const casts = await Promise.all(callers.map((persona) => seedCast(world.server.ctx, persona, "open")));
    // Every other event has its time still to be found.
    for (const [index, cast] of casts.entries())
      await seedPoll(world.server.ctx, cast, index % 2 === 0 ? "early" : "open");
    await inParallel(drafts.entries().toArray(), async ([index, draft]) => {
      const cast = casts[index % casts.length];
      if (cast === undefined) return;
      const made = toRequest(draft, cast);
      const note = (text: string) =>
        report.faults.push(`${draft.name} ${JSON.stringify(made).slice(0, 1_000)}: ${text}`);
      const began = performance.now();
      try {
        const answer = await world.call(made.method, made.path, made.body, made.headers);
        const outcome = outcomeOf(answer);
        report.outcomes.set(outcome, (report.outcomes.get(outcome) ?? 0) + 1);
        if (answer.status >= 500) note(`answers ${answer.status}`);
        if (answer.status >= 400 && !strictProblem.safeParse(answer.body).success)
          note(`is off the problem's schema: ${JSON.stringify(answer.body)}`);
      } catch (error) {
        note(String(error));
      }
      const tookMs = performance.now() - began;
      if (tookMs > slowMs) note(`took ${Math.round(tookMs)} ms`);
    });
  }
  return report;
}

export function summary({ outcomes }: Report): string {
  return [...outcomes]
    .toSorted(([, a], [, b]) => b - a)
    .map(([outcome, times]) => `${outcome} ${times}`)
    .join(", ");
}

/** From the environment, to repeat a run; by chance otherwise. */
export function chosenSeed(): number {
  return Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
}
