import type { EventId } from "@jarvis/contract";
import { signOut } from "../../../src/accounts/sessions.ts";
import type { Viewer } from "../../../src/call.ts";
import { deleteMessage, editMessage } from "../../../src/chat/changing.ts";
import { announceTyping, markRead } from "../../../src/chat/readers.ts";
import { sendMessage } from "../../../src/chat/sending.ts";
import { updateEventDetails } from "../../../src/events/editing.ts";
import { addPeople, removePerson, setRole } from "../../../src/events/people.ts";
import { setRsvp } from "../../../src/events/rsvp.ts";
import { block, unblock } from "../../../src/friends/blocks.ts";
import { AppError } from "../../../src/lib/app-error.ts";
import { sha256 } from "../../../src/lib/ids.ts";
import { setSharing } from "../../../src/location/sharing.ts";
import { eraseUser } from "../../../src/privacy/service.ts";
import type { Device, Intent } from "./device.ts";
import { gatheringDeeds } from "./gathering.ts";
import type { History } from "./history.ts";
import type { Step, StepKind } from "./steps.ts";

type Action = (history: History, step: Step) => void;

const ignore = (): void => {};

export function pick<T>(from: readonly T[], by: number): T | undefined {
  return from[by % from.length];
}

function deviceOf({ devices }: History, by: number): Device | undefined {
  return pick(
    devices.filter(({ ended }) => !ended),
    by,
  );
}

/** Mostly the first: people meet where the others are. */
function eventOf({ events }: History, by: number): EventId | undefined {
  return by % 3 === 0 ? pick(events, by) : events[0];
}

/** Mostly those of the first event's owner, who may do what others are refused. */
function hostOf(history: History, by: number): Device | undefined {
  const owners = history.devices.filter(({ user, ended }) => !ended && user === history.people[0]?.id);
  return by % 4 === 0 ? deviceOf(history, by) : pick(owners, by);
}

/** Calls as this step's device about this step's event. */
function asDevice(
  work: (history: History, at: { viewer: Viewer; event: EventId; step: Step }) => Promise<unknown>,
  chosen = deviceOf,
): Action {
  return (history, step) => {
    const device = chosen(history, step.a);
    const event = eventOf(history, step.b);
    if (device === undefined || event === undefined) return;
    history.call(device, (viewer) => work(history, { viewer, event, step }), ignore);
  };
}

function intentOf(history: History, device: Device, event: string, step: Step): Intent {
  const n = history.count++;
  // The first thing that somebody says is `1` in every chat: the number is the author's and the chat's own.
  const before = history.intents().filter(({ user, event: said }) => user === device.user && said === event);
  return {
    event,
    clientId: String(before.length + 1),
    text: `said ${n}${step.c % 11 === 0 ? ` ${"long ".repeat(100)}` : ""}`,
    replyTo: step.c % 9 === 0 ? 1 : undefined,
    user: device.user,
    state: "waiting",
    seq: null,
    undone: false,
  };
}

function say(history: History, step: Step): void {
  const device = deviceOf(history, step.a);
  const event = eventOf(history, step.b);
  if (device !== undefined && event !== undefined) device.say(intentOf(history, device, event, step));
}

/** A new message, or, one time in two, one again whose answer has not come. */
function sayOverHttp(history: History, step: Step): void {
  const again = history.httpIntents.filter(({ intent }) => intent.state === "waiting");
  const repeated = step.c % 2 === 0 ? pick(again, step.a) : undefined;
  if (repeated !== undefined) return transmit(history, repeated.device, repeated.intent);
  const device = deviceOf(history, step.a);
  const event = eventOf(history, step.b);
  if (device === undefined || event === undefined) return;
  const intent = intentOf(history, device, event, step);
  history.httpIntents.push({ device, intent });
  transmit(history, device, intent);
}

export function transmit(history: History, device: Device, intent: Intent): void {
  const { clientId: client_id, text, replyTo: reply_to, event } = intent;
  history.call(
    device,
    (viewer) => sendMessage(history.ctx, viewer, event as EventId, { client_id, text, reply_to }),
    (answer) => {
      if (intent.state !== "waiting") return;
      if (answer instanceof AppError) {
        if (answer.code === "client_id_reused")
          history.judge.report(`lost: ${client_id} of ${event} was taken for something else`);
        if (answer.code !== "unavailable") intent.state = "refused";
        return;
      }
      intent.state = "acknowledged";
      intent.seq = answer.message.seq;
    },
  );
}

const edit = asDevice((history, { viewer, event, step }) => {
  const text = `edited ${history.count++}`;
  history.edits.add(text);
  return editMessage(history.ctx, viewer, { event, seq: 1 + (step.c % 12) }, { text });
});

function signIn(history: History, step: Step): void {
  const person = pick(history.people, step.a);
  if (person === undefined || history.devices.length >= 9) return;
  const { random, clock } = history.backend;
  const [token, session, now] = [random.token(), random.id(), clock.now()];
  history.pending++;
  history.ctx.db
    .write(async ({ sql }) => {
      const known = await sql.selectFrom("user").select("id").where("id", "=", person.id).executeTakeFirst();
      if (known === undefined) return false;
      const times = { created_ms: now, used_ms: now, expires_ms: now + 90 * 86_400_000 };
      const row = { token_hash: sha256(token), id: session, user_id: person.id, ...times };
      await sql.insertInto("session").values(row).execute();
      return true;
    })
    .then((made) => {
      if (made) history.addDevice({ user: person.id, token, session });
    })
    .catch((error: unknown) => {
      if (!history.isRestoring) history.judge.report(`a sign-in failed: ${Bun.inspect(error)}`);
    })
    .finally(() => {
      history.pending--;
    });
}

/** The oldest entries of a stream go, as they do after a while. */
function prune(history: History, step: Step): void {
  const stream = pick(history.streams(), step.a);
  if (stream === undefined) return;
  history.pending++;
  history.ctx.db
    .write(async ({ sql }) => {
      const head = await sql.selectFrom("stream").selectAll().where("id", "=", stream).executeTakeFirst();
      // Not what this very commit brings: nobody could have seen it.
      const upTo = Math.min(head?.last_seq ?? 0, history.ledger.known(stream)) - (step.b % 6);
      if (head === undefined || upTo <= head.pruned_seq) return;
      await sql.updateTable("stream").set({ pruned_seq: upTo }).where("id", "=", stream).execute();
      await sql.deleteFrom("entry").where("stream", "=", stream).where("seq", "<=", upTo).execute();
    })
    .catch((error: unknown) => {
      if (!history.isRestoring) history.judge.report(`pruning failed: ${Bun.inspect(error)}`);
    })
    .finally(() => {
      history.pending--;
    });
}

const answers = ["accepted", "maybe", "declined"] as const;
const states = ["on", "paused", "off"] as const;

/** What people do. */
export const deeds = {
  say,
  sayOverHttp,
  edit,
  delete: asDevice(({ ctx }, { viewer, event, step }) =>
    deleteMessage(ctx, viewer, { event, seq: 1 + (step.c % 12) }),
  ),
  read: (history, step) => {
    const event = eventOf(history, step.b);
    if (event !== undefined && step.c % 2 === 0)
      deviceOf(history, step.a)?.connection.read(event, step.c % 12);
    else overHttp.read(history, step);
  },
  type: (history, step) => {
    const event = eventOf(history, step.b);
    if (event !== undefined && step.c % 2 === 0) deviceOf(history, step.a)?.connection.typing(event);
    else overHttp.type(history, step);
  },
  invite: asDevice(async (history, { viewer, event, step }) => {
    const person = pick(history.people, step.c);
    if (person !== undefined) await addPeople(history.ctx, viewer, event, [person.id], null);
  }, hostOf),
  remove: asDevice(async (history, { viewer, event, step }) => {
    const person = pick(history.people, step.c);
    if (person !== undefined && person.id !== viewer.id)
      await removePerson(history.ctx, viewer, event, person.id);
  }, hostOf),
  leave: asDevice(({ ctx }, { viewer, event }) => removePerson(ctx, viewer, event, viewer.id)),
  answer: asDevice(({ ctx }, { viewer, event, step }) =>
    setRsvp(ctx, viewer, event, answers[step.c % 3] ?? "accepted"),
  ),
  setRole: asDevice(async (history, { viewer, event, step }) => {
    const person = pick(history.people, step.c);
    const role = step.c % 5 === 0 ? "guest" : "host";
    if (person !== undefined) await setRole(history.ctx, viewer, event, person.id, role);
  }, hostOf),
  rename: asDevice((history, { viewer, event }) =>
    updateEventDetails(history.ctx, viewer, event, { name: `name ${history.count++}` }, null),
  ),
  create: asDevice((history, { viewer, step }) =>
    history.create(
      viewer,
      history.people.filter((_, index) => ((step.c >> index) & 1) === 1),
    ),
  ),
  block: asDevice(async (history, { viewer, step }) => {
    const person = pick(history.people, step.c);
    if (person === undefined || person.id === viewer.id) return;
    await (step.c % 3 === 0 ? unblock : block)(history.ctx, viewer, person.id);
  }),
  share: asDevice(({ ctx }, { viewer, event, step }) =>
    setSharing(ctx, viewer.id, event, { state: states[step.c % 3] ?? "on" }),
  ),
  signOut: asDevice(({ ctx }, { viewer }) => signOut(ctx, viewer)),
  signIn,
  erase: asDevice(({ ctx }, { viewer }) => eraseUser(ctx, viewer)),
  prune,
  answerOne: asDevice(gatheringDeeds.answerOne),
  changeSome: asDevice(gatheringDeeds.changeSome, hostOf),
  changeRule: asDevice(gatheringDeeds.changeRule, hostOf),
  cancelOne: asDevice(gatheringDeeds.cancelOne, hostOf),
  vote: asDevice(gatheringDeeds.vote),
  decide: asDevice(gatheringDeeds.decide, hostOf),
} satisfies Partial<Record<StepKind, Action>>;

const overHttp = {
  read: asDevice(({ ctx }, { viewer, event, step }) => markRead(ctx, viewer, event, step.c % 12)),
  type: asDevice(({ ctx }, { viewer, event }) => announceTyping(ctx, viewer, event)),
};
