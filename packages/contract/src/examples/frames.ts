import type { DeliveredKind, EntryData } from "../entries.ts";
import type { ClientFrameInput, ServerFrame } from "../realtime.ts";
import { bobsToken, ids, nowMs } from "./cast.ts";
import { bobComes, dinner } from "./dinner.ts";

type OneOfEach<F extends { type: string }> = { readonly [T in F["type"]]: Extract<F, { type: T }> };

const dinnerStream = `event:${ids.event}`;
const message = {
  seq: 3,
  id: ids.message3,
  chat: ids.event,
  author: { id: ids.bob, username: "Bob" },
  text: "5 minutes",
  sent_ms: nowMs,
  reply_to: 2,
};

/** A frame of every type. A test lets Bob send those of clients, and looks for those of servers in what comes. */
export const frameExamples: { client: OneOfEach<ClientFrameInput>; server: OneOfEach<ServerFrame> } = {
  client: {
    hello: {
      type: "hello",
      token: bobsToken,
      epoch: ids.epoch,
      resume: { [dinnerStream]: 2, [`user:${ids.bob}`]: 1 },
      ref: 1,
    },
    resume: { type: "resume", streams: { [dinnerStream]: 3 }, ref: 2 },
    send: { type: "send", chat: ids.event, client_id: "bob-2", text: "5 minutes", reply_to: 2, ref: 3 },
    read: { type: "read", chat: ids.event, seq: 2 },
    typing: { type: "typing", chat: ids.event },
    watch: { type: "watch", event: ids.event },
    unwatch: { type: "unwatch", event: ids.event },
    location: { type: "location", latitude: "49.2650", longitude: "-123.2000", accuracy: 8 },
    ping: { type: "ping", ref: 4 },
  },
  server: {
    welcome: {
      type: "welcome",
      user: ids.bob,
      epoch: ids.epoch,
      streams: { [`user:${ids.bob}`]: 1, [dinnerStream]: 4 },
      ref: 1,
    },
    entry: { type: "entry", stream: dinnerStream, seq: 5, kind: "message", data: { message }, at_ms: nowMs },
    ack: { type: "ack", chat: ids.event, client_id: "bob-2", seq: 3, ref: 3 },
    position: {
      type: "position",
      event: ids.event,
      user: ids.bob,
      id: ids.bob,
      username: "Bob",
      latitude: "49.265",
      longitude: "-123.2",
      accuracy: 8,
      at_ms: nowMs,
      state: "travelling",
      // Of the way so far: a leap within one moment is doubted at first.
      distance_m: 9200,
      speed: null,
      mode: null,
      battery: null,
      eta_s: null,
      eta_margin_s: null,
    },
    friend_position: {
      type: "friend_position",
      user: ids.bob,
      latitude: "49.265",
      longitude: "-123.2",
      accuracy: 8,
      at_ms: nowMs,
      speed: null,
      battery: null,
    },
    typing: { type: "typing", chat: ids.event, user: ids.bob },
    read: { type: "read", chat: ids.event, user: ids.bob, seq: 2 },
    online: { type: "online", user: ids.bob, online: true },
    pong: { type: "pong", ref: 4 },
    skip: { type: "skip", stream: dinnerStream, from: 13, to: 13 },
    reset: { type: "reset", stream: `user:${ids.ada}`, last_seq: 1 },
    error: { type: "error", code: "not_found", ref: 5 },
  },
};

const {
  id,
  version,
  name,
  description,
  start_time,
  duration,
  time_zone,
  all_day,
  start_date,
  end_date,
  recurrence,
  series,
  original_start_time,
  status,
  capacity,
  place,
  updated_ms,
} = dinner;
const core = {
  id,
  version,
  name,
  description,
  start_time,
  duration,
  time_zone,
  all_day,
  start_date,
  end_date,
  recurrence,
  series,
  original_start_time,
  status,
  capacity,
  place,
  updated_ms,
};
const carol = { id: ids.carol, username: "Carol" };

/** The `data` of an entry of every kind, as it is delivered. */
export const entryExamples: { readonly [K in DeliveredKind]: EntryData<K> } = {
  message: { message },
  message_edited: {
    message: {
      seq: 1,
      id: ids.message1,
      chat: ids.event,
      author: { id: ids.bob, username: "Bob" },
      text: "On my way, by bike",
      sent_ms: nowMs,
      edited_ms: nowMs,
    },
  },
  message_deleted: { message: { ...message, text: "", deleted: true } },
  reaction: { seq: 1, user: ids.ada, emoji: "👍", op: "added" },
  pin: { seq: 1, user: ids.ada, op: "pinned" },
  event: { event: { ...core, version: 2, name: "Late dinner" } },
  people: { op: "role", person: { ...bobComes, email: null, role: "host" } },
  rsvp: { user: ids.carol, username: "Carol", rsvp: "maybe" },
  poll: {
    op: "votes",
    version: 2,
    since: 1,
    tallies: { [ids.option]: { yes: 1, if_needed: 0, no: 0 } },
  },
  location_request: { from: ids.bob, to: ids.ada, state: "pending" },
  sharing: { user: ids.bob, state: "off" },
  travel: { user: ids.bob, code: "arrived", event: ids.event },
  friend_request: { from: carol, state: "open" },
  friend: { user: carol, state: "added" },
  invited: { event: ids.brunch, last_seq: 0 },
  event_created: { event: ids.brunch, last_seq: 0 },
  removed: { event: ids.event },
  profile: { version: 2 },
  calendar: { id: ids.calendar, state: "ok" },
  device: { id: ids.device, name: "Pixel" },
  share: { from: ids.bob, to: ids.ada, until_ms: 1906549200000, precision: "exact" },
  block: { user: ids.carol, username: "Carol", state: "on" },
};
