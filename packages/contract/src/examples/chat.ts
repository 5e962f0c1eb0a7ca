import type { chat } from "../chat.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, nowMs } from "./cast.ts";

/** Bob's, as others see it. */
const onMyWay = {
  seq: 1,
  id: ids.message1,
  chat: ids.event,
  author: { id: ids.bob, username: "Bob" },
  text: "On my way",
  sent_ms: nowMs,
};

export const chatExamples: ExamplesOf<typeof chat> = {
  getChat: {
    request: { params: { id: ids.event } },
    response: {
      id: ids.event,
      event: ids.event,
      name: "Dinner",
      people: [
        { id: ids.ada, username: "Ada" },
        { id: ids.bob, username: "Bob" },
        { id: ids.carol, username: "Carol" },
      ],
      last_seq: 2,
      last_entry: 4,
      last_message: {
        seq: 2,
        id: ids.message2,
        chat: ids.event,
        author: { id: ids.ada, username: "Ada" },
        text: "See you there",
        sent_ms: nowMs,
        reply_to: 1,
        client_id: "ada-1",
      },
      unread: 1,
      unread_mentions: 0,
      pins: [],
      read: {},
    },
  },
  sendMessage: {
    request: { params: { id: ids.event }, body: { text: "5 minutes", client_id: "bob-2" } },
    response: {
      seq: 3,
      id: ids.message3,
      chat: ids.event,
      author: { id: ids.bob, username: "Bob" },
      text: "5 minutes",
      sent_ms: nowMs,
      client_id: "bob-2",
    },
  },
  listMessages: {
    request: { params: { id: ids.event }, query: { after: "0", limit: "50" } },
    response: [
      {
        seq: 1,
        id: ids.message1,
        chat: ids.event,
        author: { id: ids.bob, username: "Bob" },
        text: "On my way",
        sent_ms: nowMs,
      },
      {
        seq: 2,
        id: ids.message2,
        chat: ids.event,
        author: { id: ids.ada, username: "Ada" },
        text: "See you there",
        sent_ms: nowMs,
        reply_to: 1,
        client_id: "ada-1",
      },
    ],
  },
  searchMessages: {
    request: { params: { id: ids.event }, query: { q: "see THERE" } },
    response: [
      {
        seq: 2,
        id: ids.message2,
        chat: ids.event,
        author: { id: ids.ada, username: "Ada" },
        text: "See you there",
        sent_ms: nowMs,
        reply_to: 1,
        client_id: "ada-1",
      },
    ],
  },
  editMessage: {
    request: { params: { id: ids.event, seq: "1" }, body: { text: "On my way, by bike" } },
    response: {
      seq: 1,
      id: ids.message1,
      chat: ids.event,
      author: { id: ids.bob, username: "Bob" },
      text: "On my way, by bike",
      sent_ms: nowMs,
      edited_ms: nowMs,
      client_id: "bob-1",
    },
  },
  deleteMessage: {
    request: { params: { id: ids.event, seq: "1" } },
    response: {
      seq: 1,
      id: ids.message1,
      chat: ids.event,
      author: { id: ids.bob, username: "Bob" },
      text: "",
      sent_ms: nowMs,
      deleted: true,
      client_id: "bob-1",
    },
  },
  addReaction: {
    request: { params: { id: ids.event, seq: "1", emoji: "🚲" } },
    response: {
      ...onMyWay,
      reactions: [{ emoji: "🚲", users: [ids.ada] }],
      reactions_entry: 5,
    },
  },
  removeReaction: {
    request: { params: { id: ids.event, seq: "1", emoji: "🚲" } },
    response: { ...onMyWay, reactions_entry: 6 },
  },
  pinMessage: { request: { params: { id: ids.event, seq: "1" } }, response: { pins: [1] } },
  unpinMessage: { request: { params: { id: ids.event, seq: "1" } }, response: { pins: [] } },
  listPins: { request: { params: { id: ids.event } }, response: [onMyWay] },
  markRead: { request: { params: { id: ids.event }, body: { seq: 2 } }, response: { seq: 2 } },
};
