import { pick } from "./actions.ts";
import type { History } from "./history.ts";
import type { Step, StepKind } from "./steps.ts";
import { judgeShown } from "./verdict.ts";
import type { Wire } from "./wire.ts";

type Happening = (history: History, step: Step) => void | Promise<void>;

const waits = [10, 300, 1_500, 6_000, 40_000];

function wireOf(history: History, by: number): Wire | undefined {
  history.wires = history.wires.filter(({ isOver }) => !isOver);
  return pick(history.wires, by);
}

/** One time in three, all there is. */
function some(by: number, below: number): number {
  return by % 3 === 0 ? Number.POSITIVE_INFINITY : 1 + (by % below);
}

export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export async function microtasks(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await Promise.resolve();
}

/** What networks, operators and time do. */
export const happenings = {
  up(history, step) {
    const wire = wireOf(history, step.a);
    if (wire?.session === null) wire.open(history.backend.hub);
    else wire?.deliverUp(some(step.b, 4));
  },
  down(history, step) {
    wireOf(history, step.a)?.deliverDown(some(step.b, 6));
  },
  cut(history, step) {
    const wire = wireOf(history, step.a);
    wire?.deliverDown(step.b % 4);
    wire?.cut();
  },
  serverNotices: (history, step) => wireOf(history, step.a)?.serverNotices(),
  clientNotices: (history, step) => wireOf(history, step.a)?.clientNotices(),
  interrupt: (history, step) => wireOf(history, step.a)?.session?.interrupt(new Error("simulated")),
  answerArrives(history, step) {
    const waiting = history.devices.filter(({ answers }) => answers.length > 0);
    const answer = pick(waiting, step.a)?.answers.splice(step.b % 2, 1)[0];
    if (step.c % 6 === 0) answer?.lost();
    else answer?.arrives();
  },
  takeFrames: (history, step) =>
    pick(history.devices, step.a)?.read(step.b % 3 === 0 ? 50 : 1 + (step.b % 5)),
  fetch(history, step) {
    const device = pick(history.devices, step.a);
    const waiting = [...(device?.view.events ?? [])].filter(([, { needsFetch }]) => needsFetch);
    const event = pick(waiting, step.b)?.[0];
    if (device !== undefined && event !== undefined && !device.ended) history.fetch(device, event);
  },
  restartDevice: (history, step) => pick(history.devices, step.a)?.restart(),
  waitFor: (history, step) => history.backend.clock.advance(waits[step.a % waits.length] ?? 10),
  microtasks: (_, step) => microtasks(1 + (step.a % 60)),
  turn,
  backUp(history) {
    history.backend.backUp();
    history.ledger.remember(history.streams());
  },
  restore: restoreBackup,
} satisfies Partial<Record<StepKind, Happening>>;

/** The operator stops the server, restores the backup and starts it again: what came after it never happened. */
async function restoreBackup(history: History): Promise<void> {
  const { backend, ledger, judge } = history;
  if (!backend.hasBackup) return;
  judgeShown(history);
  judge.shown.length = 0;
  history.isRestoring = true;
  history.restores++;
  for (const wire of history.wires) {
    wire.cut();
    wire.serverNotices();
  }
  await backend.restore();
  while (history.pending > 0) await turn();
  history.isRestoring = false;
  for (const device of history.devices) for (const answer of device.answers.splice(0)) answer.lost();
  const kept = ledger.rewind(backend.path);
  history.events.splice(0, history.events.length, ...history.events.filter((id) => ledger.events.has(id)));
  for (const id of history.gatherings.keys()) if (!ledger.events.has(id)) history.gatherings.delete(id);
  for (const intent of history.intents())
    if (!kept.has(`${intent.event} ${intent.user} ${intent.clientId}`)) intent.undone = true;
}
