import { sendMessage } from "../../../src/chat/sending.ts";
import { authenticate } from "../../../src/accounts/service.ts";
import { transmit } from "./actions.ts";
import { turn } from "./happenings.ts";
import type { History } from "./history.ts";

const maxRounds = 300;

/** The network heals and everything arrives: what was sent, what waits, what has to be fetched or said again. */
export async function settle(history: History): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const busy = await deliverAll(history);
    if (!busy && history.devices.every((device) => device.isSettled) && !isAnyoneWaiting(history)) return;
    // Whoever waits before trying again gets the time.
    if (!busy) history.backend.clock.advance(31_000);
  }
  const states = history.devices.map(({ connection, ended }) => (ended ? "ended" : connection.state));
  history.judge.report(`stuck: nothing moves any more (${states.join(", ")}; ${history.pending} calls)`);
}

async function deliverAll(history: History): Promise<boolean> {
  let busy = history.pending > 0;
  history.wires = history.wires.filter(({ isOver }) => !isOver);
  for (const wire of history.wires) {
    wire.weight = 0;
    if (wire.server.dropped && !wire.server.done)
      history.judge.report("hole: a socket lives that a frame was dropped from");
    wire.serverNotices();
    wire.clientNotices();
    if (wire.session === null && !wire.client.done) {
      wire.open(history.backend.hub);
      busy = true;
    }
    busy ||= wire.up.length > 0 || wire.down.length > 0;
    wire.deliverUp(Number.POSITIVE_INFINITY);
    wire.deliverDown(history.plan.queueLimit);
  }
  for (const device of history.devices) {
    device.read(100);
    busy ||= device.answers.length > 0;
    for (const answer of device.answers.splice(0)) answer.arrives();
    if (device.ended) continue;
    for (const [event, { needsFetch }] of device.view.events) if (needsFetch) history.fetch(device, event);
  }
  for (const { device, intent } of history.httpIntents)
    if (intent.state === "waiting" && !busy) transmit(history, device, intent);
  // A call and its commit, a replay and its pages: each takes a turn or two.
  for (let left = 3; left > 0; left--) await turn();
  return busy || history.wires.some(({ up, down, isOver }) => !isOver && up.length + down.length > 0);
}

function isAnyoneWaiting({ httpIntents }: History): boolean {
  return httpIntents.some(({ intent }) => intent.state === "waiting");
}

/** Announcements that the bus has lost at the end of a stream come to light with the next entry. */
export async function nudge(history: History): Promise<void> {
  const { ctx, ledger } = history;
  for (const event of history.events) {
    const device = history.devices.find(
      ({ user, session, ended }) => !ended && ledger.isSignedIn(session) && ledger.isMember(event, user),
    );
    if (device === undefined) continue;
    const clientId = `nudge-${event}`;
    const text = "the last word";
    device.intents.push({
      event,
      clientId,
      text,
      replyTo: undefined,
      user: device.user,
      state: "unknown",
      seq: null,
      undone: false,
    });
    await sendMessage(ctx, await authenticate(ctx, device.token), event, { client_id: clientId, text });
  }
}
