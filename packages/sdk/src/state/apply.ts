import type { ServerFrame } from "@jarvis/contract";
import { markerMoved, type Viewing } from "./chat-reducer.ts";
import { eventEntry } from "./event-reducer.ts";
import type { EventState } from "./event-state.ts";
import { onlineChanged, userEntry } from "./user-state.ts";
import { whereaboutsAfter, withoutGone } from "./whereabouts-reducer.ts";
import type { State } from "./state.ts";

export type { State } from "./state.ts";

/**
 * The state after a frame. Pure: whoever fetched a state once and applies every frame that came since has what a fresh
 * fetch would give. Frames of events that were not fetched change nothing; `stale` events are to be fetched again.
 * `nowMs` (unix milliseconds) is when it was heard: positions grow old from then on.
 */
export function applyFrame(
  state: State,
  frame: ServerFrame,
  messages = 1_000,
  nowMs: number = Date.now(),
): State {
  const next = applied(state, frame, messages);
  const where = whereaboutsAfter(state, next, frame, nowMs);
  return where === next.where ? next : { ...next, where };
}

function applied(state: State, frame: ServerFrame, messages: number): State {
  const viewing = { self: state.user.id, messages };
  if (frame.type === "read")
    return mapEvent(state, frame.chat, (event) => markerMoved(event, frame.user, frame.seq, viewing));
  if (frame.type === "online") return { ...state, user: onlineChanged(state.user, frame.user, frame.online) };
  if (frame.type === "welcome") return welcomed(state, frame.streams);
  if (frame.type !== "entry") return state;
  if (frame.stream.startsWith("event:"))
    return mapEvent(state, frame.stream.slice("event:".length), (event) => eventEntry(event, frame, viewing));
  const user = userEntry(state.user, frame);
  const next = user === state.user ? state : { ...state, user };
  if (frame.kind === "removed") return withoutEvent(next, String(frame.data["event"]));
  return frame.kind === "block"
    ? blocked(next, String(frame.data["user"]), frame.data["state"] === "on", viewing)
    : next;
}

export function mapEvent(state: State, id: string, change: (event: EventState) => EventState): State {
  const event = state.events[id];
  if (event === undefined) return state;
  const changed = change(event);
  return changed === event ? state : { ...state, events: { ...state.events, [id]: changed } };
}

export function withoutEvent(state: State, id: string): State {
  if (!(id in state.events)) return state;
  const { [id]: _, ...events } = state.events;
  const left = { ...state, events };
  return state.where === undefined ? left : { ...left, where: withoutGone(state.where, state, left) };
}

/** What is no longer among the streams cannot be read any more; who is online is told afresh. */
function welcomed(state: State, streams: Readonly<Record<string, number>>): State {
  const readable = Object.entries(state.events).filter(([id]) => `event:${id}` in streams);
  const isSame = readable.length === Object.keys(state.events).length;
  return {
    ...state,
    user: { ...state.user, online: [] },
    events: isSame ? state.events : Object.fromEntries(readable),
  };
}

/** People of whom one has blocked the other hear nothing of what the other reads; lifted, it is fetched. */
function blocked(state: State, user: string, on: boolean, { self }: Viewing): State {
  if (user === self) return state;
  let next = state;
  for (const event of Object.values(state.events)) {
    if (event.people.some(({ id }) => id === user))
      next = mapEvent(next, event.id, (held) => (on ? withoutMarker(held, user) : { ...held, stale: true }));
  }
  return next;
}

function withoutMarker(event: EventState, user: string): EventState {
  const { [user]: _, ...read } = event.chat.read;
  return { ...event, chat: { ...event.chat, read } };
}
