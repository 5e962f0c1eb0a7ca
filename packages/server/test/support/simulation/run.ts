import { deeds } from "./actions.ts";
import { Backend } from "./backend.ts";
import { happenings, microtasks, turn } from "./happenings.ts";
import { History } from "./history.ts";
import { nudge, settle } from "./settle.ts";
import { type Plan, planOf, type Step } from "./steps.ts";
import { judgeAll } from "./verdict.ts";

/** Opening a store takes as long as a history. */
const historiesOnStore = 50;

export interface Outcome {
  readonly violations: readonly string[];
  readonly seen: Seen;
}

/** What happened, so that a run can prove that it was worth something. */
export interface Seen {
  readonly messages: number;
  readonly frames: number;
  readonly reconnects: number;
  readonly resets: number;
  readonly skips: number;
  readonly restores: number;
  readonly gathered: number;
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
  } catch (error) {
    judge.report(`the history could not be played to its end: ${Bun.inspect(error)}`);
    return outcomeOf(history);
  } finally {
    history.end();
    await turn();
  }
}

function outcomeOf(history: History): Outcome {
  const { judge } = history;
  const messages = history.intents().filter(({ state }) => state === "acknowledged").length;
  const reconnects = judge.counts.welcome - history.devices.length;
  const { frames, reset, skip } = judge.counts;
  const { restores, gathered } = history;
  const seen = { messages, frames, reconnects, resets: reset, skips: skip, restores, gathered };
  return { violations: judge.violations, seen };
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

/** Plays so many histories one after another, many on one store. */
export async function* playAll(
  from: number,
  histories: number,
): AsyncGenerator<{ plan: Plan; outcome: Outcome }> {
  let backend: Backend | undefined;
  try {
    for (let played = 0; played < histories; played++) {
      if (backend === undefined || played % historiesOnStore === 0) {
        await backend?.close();
        backend = new Backend();
        await backend.open();
      }
      const plan = planOf(from + played);
      yield { plan, outcome: await play(backend, plan) };
    }
  } finally {
    await backend?.close();
  }
}
