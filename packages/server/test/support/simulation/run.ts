import { deeds } from "./actions.ts";
import { Backend } from "./backend.ts";
import { happenings, microtasks, turn } from "./happenings.ts";
import { History } from "./history.ts";
import { nudge, settle } from "./settle.ts";
import type { Plan, Step } from "./steps.ts";
import { judgeAll } from "./verdict.ts";

export interface Outcome {
  readonly violations: readonly string[];
  readonly frames: number;
  readonly messages: number;
}

/** Plays one history to its end and judges it. */
export async function play(backend: Backend, plan: Plan): Promise<Outcome> {
  const history = new History(backend, plan);
  const { judge } = history;
  try {
    await history.begin();
    // Half of all histories begin with everybody connected.
    if (plan.seed % 2 === 0) await settle(history);
    for (const step of plan.steps) {
      await take(history, step);
      if (judge.violations.length > 0) return outcomeOf(history);
    }
    history.isSettling = true;
    await settle(history);
    await nudge(history);
    await settle(history);
    await judgeAll(history);
    return outcomeOf(history);
  } finally {
    history.end();
    await turn();
  }
}

function outcomeOf(history: History): Outcome {
  const { judge } = history;
  const messages = history.intents().filter(({ state }) => state === "acknowledged").length;
  return { violations: judge.violations, frames: judge.frames, messages };
}

/** A deed is followed by as many microtasks as the step says: calls meet each other halfway. */
async function take(history: History, step: Step): Promise<void> {
  if (step.kind in happenings) {
    await happenings[step.kind as keyof typeof happenings](history, step); // just looked
    return;
  }
  deeds[step.kind as keyof typeof deeds](history, step); // every kind is one or the other
  await microtasks(step.c % 24);
}

/** Plays histories one after another, many on one store. */
export async function* playAll(plans: Iterable<Plan>): AsyncGenerator<{ plan: Plan; outcome: Outcome }> {
  let backend: Backend | undefined;
  let played = 0;
  try {
    for (const plan of plans) {
      if (backend === undefined || played++ % 50 === 49) {
        await backend?.close();
        backend = new Backend();
        await backend.open();
      }
      yield { plan, outcome: await play(backend, plan) };
    }
  } finally {
    await backend?.close();
  }
}
