import { type EventId, eventStream, userStream } from "@jarvis/contract";
import { Cursor } from "../../../src/realtime/cursor.ts";
import { hearsSince } from "./entitled.ts";
import type { Who } from "./model.ts";
import { everybody, type Reply, type Trial } from "./trial.ts";

interface Entry {
  readonly stream: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at_ms: number;
}

/** Of whose journeys somebody may hear at this instant, by event and person: what was said since then. */
export function audible({ model, now }: Trial, viewer: Who): Map<string, number> {
  const since = new Map<string, number>();
  for (const meeting of model.meetings)
    for (const sharer of everybody) {
      const from = sharer === viewer ? 0 : hearsSince(model, meeting, viewer, sharer, now);
      if (from !== null) since.set(`${meeting.id} ${sharer}`, from);
    }
  return since;
}

/** An entry that tells of a journey tells it to whoever may hear of it; gives whether it told of another's. */
export function weighEntry(
  trial: Trial,
  viewer: Who,
  { stream, kind, data, at_ms }: Entry,
  rights: readonly ReadonlyMap<string, number>[],
): number {
  if (kind !== "travel") return 0;
  const sharer = trial.players.findIndex(({ id }) => id === data["user"]);
  if (sharer === viewer) return 0;
  const named = data["event"];
  const event = typeof named === "string" ? named : stream.slice("event:".length);
  const may = rights.some((since) => at_ms >= (since.get(`${event} ${sharer}`) ?? Infinity));
  if (!may || data["code"] === "leave_now")
    throw new Error(`${viewer} is LEAKED ${JSON.stringify(data)} of ${sharer}, said at ${at_ms}`);
  return 1;
}

/** Asks for everything that was ever said in what somebody may read. */
export function resumeAll(trial: Trial, viewer: Who, token: string): Promise<Reply> {
  const user = trial.player(viewer).id;
  const cursor = new Cursor({ user, epoch: trial.epoch }, null);
  cursor.move(userStream(user), 0);
  for (const { group } of trial.model.meetings) cursor.move(eventStream(group.id as EventId), 0); // a server made it
  return trial.call(token, "GET", `/realtime/poll?wait=0&resume=${cursor.encode()}`);
}

/** Gives how many of the entries told of another's journey. */
export function judgeHeard(trial: Trial, viewer: Who, { status, body }: Reply): number {
  if (status !== 200) return 0;
  // The contract's check has seen it.
  const { response } = JSON.parse(body) as { response: { frames: ({ type: string } & Entry)[] } };
  const rights = [audible(trial, viewer)];
  const entries = response.frames.filter(({ type }) => type === "entry");
  return entries.reduce((sum, entry) => sum + weighEntry(trial, viewer, entry, rights), 0);
}
