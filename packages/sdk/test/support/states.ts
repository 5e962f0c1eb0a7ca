import type { EntryFrame } from "@jarvis/contract";
import type { State } from "../../src/state/apply.ts";
import type { ChatMessage, EventState } from "../../src/state/event-state.ts";
import { chatId, me } from "./small-server.ts";

export const emptyEvent: EventState = {
  id: chatId,
  core: {
    id: chatId,
    version: 1,
    name: "Dinner",
    description: "",
    start_time: null,
    duration: "60",
    time_zone: "UTC",
    all_day: false,
    start_date: null,
    end_date: null,
    recurrence: null,
    series: null,
    original_start_time: null,
    status: "pending",
    capacity: null,
    place: null,
    updated_ms: 0,
  },
  occurrences: [],
  people: [
    { id: me, username: "Me", role: "owner", rsvp: "accepted", invitation: null },
    { id: "u2", username: "Bob", role: "guest", rsvp: "none", invitation: null },
  ],
  chat: {
    messages: [],
    hasOlder: false,
    last_seq: 0,
    read: { [me]: 0 },
    unread: 0,
    unread_mentions: 0,
    pins: [],
  },
  sharing: "off",
  requests: { incoming: [], outgoing: [] },
  stale: false,
};

export const emptyState: State = {
  user: {
    id: me,
    version: 1,
    friends: [],
    requests: { incoming: [], outgoing: [] },
    blocks: [],
    events: [chatId],
    online: [],
    devices: [],
    shares: { outgoing: [], incoming: [] },
  },
  events: { [chatId]: emptyEvent },
};

export function entryOf(seq: number, kind: string, data: Record<string, unknown>): EntryFrame {
  return { type: "entry", stream: `event:${chatId}`, seq, kind, data, at_ms: 0 };
}

export function ownEntry(seq: number, kind: string, data: Record<string, unknown>): EntryFrame {
  return { type: "entry", stream: `user:${me}`, seq, kind, data, at_ms: 0 };
}

export function messageOf(seq: number, more: Partial<ChatMessage> = {}): ChatMessage {
  const author = { id: "u2", username: "Bob" };
  return { seq, id: `m${seq}`, chat: chatId, author, text: `text ${seq}`, sent_ms: 0, ...more };
}
