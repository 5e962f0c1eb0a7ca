import {
  applyFrame,
  type Client,
  createClient,
  type EventState,
  fetchEvent,
  fetchUser,
  isPollOpen,
  type State,
  statusAt,
  withPoll,
} from "@jarvis/sdk";
import type { ServerFrame, StreamId } from "@jarvis/contract";
import { headsOf } from "../../../src/streams/service.ts";
import { connect, type TestSocket } from "../socket.ts";
import type { Person, World } from "../world.ts";

const messages = 50;

/** Somebody who looks on: registered first, then fetched, as the SDK's store does. */
export interface Observer {
  readonly person: Person;
  readonly socket: TestSocket;
  readonly before: State;
  /** How many frames had come when everything was fetched. */
  readonly had: number;
}

export async function observe(world: World, person: Person): Promise<Observer> {
  const socket = await connect(world.url, person);
  const before = await fetchAll(world, person);
  await settled(world, socket);
  return { person, socket, before, had: socket.frames.length };
}

/** All that a person holds who has just started. */
export async function fetchAll(world: World, { id, token }: Person): Promise<State> {
  const client = createClient({ baseUrl: world.url, token });
  const { user } = await fetchUser(client, id);
  const events = await Promise.all(user.events.map((event) => fetchWithPoll(client, event, id)));
  return { user, events: Object.fromEntries(events.map((event) => [event.id, event])) };
}

async function fetchWithPoll(client: Client, id: string, self: string): Promise<EventState> {
  const event = await fetchEvent(client, id, self, messages);
  const { recurrence, series } = event.core;
  return recurrence !== null || series !== null
    ? event
    : withPoll(event, await client.polls.getPoll({ id }), []);
}

/** Looks at the poll: what entries do not tell of it is fetched, what they do is as they told it. */
async function looked(client: Client, event: EventState): Promise<EventState> {
  const { id, poll } = event;
  if (poll === undefined || (!poll.stale && !poll.votersStale)) return event;
  const fresh = withPoll(event, await client.polls.getPoll({ id }), []);
  if (poll.stale || fresh.poll === undefined) return fresh;
  const votersOf = new Map(fresh.poll.options.map((option) => [option.id, option.voters]));
  const options = poll.options.map((option) => ({ ...option, voters: votersOf.get(option.id) ?? null }));
  return { ...fresh, poll: { ...fresh.poll, options, version: poll.version } };
}

/**
 * What `before` became by frames alone. Events that were opened to the person are fetched, as entries ask for, and with
 * `refetch` those that the state itself says are stale.
 */
export async function applied(world: World, observer: Observer, refetch = false): Promise<State> {
  const { person, socket, before, had } = observer;
  let state = before;
  for (const frame of socket.frames.slice(had)) state = applyFrame(state, frame);
  const client = createClient({ baseUrl: world.url, token: person.token });
  const stale = Object.values(state.events).filter((event) => refetch && event.stale);
  const opened = new Set([...socket.frames.slice(had).flatMap(openedBy), ...stale.map(({ id }) => id)]);
  for (const event of [...opened].filter((id) => state.user.events.includes(id))) {
    const fetched = await fetchWithPoll(client, event, person.id);
    state = { ...state, events: { ...state.events, [event]: fetched } };
  }
  const events = await Promise.all(Object.values(state.events).map((event) => looked(client, event)));
  return { ...state, events: Object.fromEntries(events.map((event) => [event.id, event])) };
}

function openedBy(frame: ServerFrame): string[] {
  const opens = frame.type === "entry" && ["invited", "event_created"].includes(frame.kind);
  return opens ? [String(frame.data["event"])] : [];
}

/** The state as it is compared: status by the clock, and of read markers, which are no entries, the own one; not who is online. */
export function projected(state: State, now: number, allMarkers: boolean) {
  const events = Object.values(state.events).map((event) => {
    const { core, chat, requests, occurrences, poll, ...rest } = event;
    const { read, ...counts } = chat;
    const { incoming, outgoing } = requests;
    const asked = { incoming: incoming.toSorted(), outgoing: outgoing.toSorted() };
    const markers = allMarkers ? read : { own: read[state.user.id] };
    const times = occurrences.map((one) => Object.assign({ status: statusAt(one.core, now) }, one));
    const polled = poll && { poll: { ...poll, open: isPollOpen(event, now) } };
    const shown = { status: statusAt(core, now), markers, times, ...polled };
    return Object.assign(rest, counts, asked, core, shown);
  });
  const { online: _, ...user } = state.user;
  return {
    user: { ...user, events: user.events.toSorted() },
    events: events.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** Waits until every stream that the connection hears has arrived as far as the store has it. */
export async function settled(world: World, socket: TestSocket): Promise<void> {
  for (;;) {
    const count = socket.frames.length;
    const reached = cursorsOf(socket.frames);
    const heads = await headsOf(world.server.ctx.db.read, [...reached.keys()]);
    const isBehind = [...reached].some(([stream, seq]) => (heads.get(stream)?.last_seq ?? 0) > seq);
    if (!isBehind) return socket.flushed();
    if (socket.frames.length === count) await another(socket);
  }
}

/** How far each stream was heard that is still open. */
function cursorsOf(frames: readonly ServerFrame[]): Map<StreamId, number> {
  const cursors = new Map<string, number>();
  for (const frame of frames) {
    if (frame.type === "welcome")
      for (const [stream, seq] of Object.entries(frame.streams)) cursors.set(stream, seq);
    if (frame.type === "skip") cursors.set(frame.stream, frame.to);
    if (frame.type !== "entry") continue;
    cursors.set(frame.stream, frame.seq);
    if (frame.kind === "removed") cursors.delete(`event:${String(frame.data["event"])}`);
    for (const event of openedBy(frame)) {
      const { last_seq } = frame.data;
      const stream = `event:${event}`;
      if (typeof last_seq === "number" && !cursors.has(stream)) cursors.set(stream, last_seq);
    }
  }
  return cursors as Map<StreamId, number>; // a server names streams
}

export function another(socket: TestSocket): Promise<unknown> {
  return new Promise((resolve) => socket.socket.addEventListener("message", resolve, { once: true }));
}
