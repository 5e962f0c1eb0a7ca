import { expect, test } from "bun:test";
import type { ServerFrame } from "@jarvis/contract";
import { chatId, me } from "../../test/support/small-server.ts";
import { emptyEvent, emptyState, entryOf, messageOf, ownEntry } from "../../test/support/states.ts";
import { applyFrame, type State } from "./apply.ts";
import { statusAt } from "./event-state.ts";

function after(...frames: ServerFrame[]): State {
  return frames.reduce((state, frame) => applyFrame(state, frame), emptyState);
}

function chatAfter(...frames: ServerFrame[]) {
  return after(...frames).events[chatId]?.chat;
}

const hello = entryOf(1, "message", { message: messageOf(1) });

test("reactions: each person's once, emptied emoji go, and what the message contains already is passed over", () => {
  const react = (seq: number, user: string, emoji: string, op = "added") =>
    entryOf(seq, "reaction", { seq: 1, user, emoji, op });
  const frames = [
    hello,
    react(2, "u2", "👍"),
    react(3, me, "👍"),
    react(4, me, "❤️"),
    react(5, "u2", "👍", "removed"),
  ];
  expect(chatAfter(...frames)?.messages[0]?.reactions).toEqual([
    { emoji: "👍", users: [me] },
    { emoji: "❤️", users: [me] },
  ]);
  expect(chatAfter(...frames, react(6, me, "👍", "removed"))?.messages[0]?.reactions).toEqual([
    { emoji: "❤️", users: [me] },
  ]);
  const known = messageOf(1, { reactions: [{ emoji: "👍", users: [me] }], reactions_entry: 3 });
  const fetched = chatAfter(entryOf(1, "message", { message: known }), react(3, me, "👍", "removed"));
  expect(fetched?.messages[0]?.reactions).toEqual([{ emoji: "👍", users: [me] }]);
});

test("pins: the newest first, once each; a deleted message loses its own", () => {
  const pin = (seq: number, of: number, op = "pinned") => entryOf(seq, "pin", { seq: of, user: me, op });
  const second = entryOf(2, "message", { message: messageOf(2) });
  const pinned = [hello, second, pin(3, 1), pin(4, 2)];
  expect(chatAfter(...pinned)?.pins).toEqual([2, 1]);
  expect(chatAfter(...pinned, pin(5, 2, "unpinned"), pin(6, 2))?.pins).toEqual([2, 1]);
  const deleted = entryOf(5, "message_deleted", { message: messageOf(2, { text: "", deleted: true }) });
  expect(chatAfter(...pinned, deleted)?.pins).toEqual([1]);
});

test("unread and unread mentions follow messages, edits, deletions and the own marker", () => {
  const counts = (...frames: ServerFrame[]) => {
    const { unread, unread_mentions } = chatAfter(...frames) ?? {};
    return [unread, unread_mentions];
  };
  const named = entryOf(2, "message", { message: messageOf(2, { mentions: [me] }) });
  const own = entryOf(3, "message", {
    message: messageOf(3, { author: { id: me, username: "Me" }, mentions: [me] }),
  });
  expect(counts(hello, named, own)).toEqual([2, 1]);
  expect(counts(hello, named, own, named)).toEqual([2, 1]);
  const unnamed = entryOf(4, "message_edited", { message: messageOf(2) });
  expect(counts(hello, named, unnamed)).toEqual([2, 0]);
  const deleted = entryOf(4, "message_deleted", { message: messageOf(2, { deleted: true, text: "" }) });
  expect(counts(hello, named, deleted, deleted)).toEqual([1, 0]);
  const read = { type: "read", chat: chatId, user: me, seq: 1 } as const;
  expect(counts(hello, named, read)).toEqual([1, 1]);
  expect(counts(hello, named, { ...read, seq: 2 }, read)).toEqual([0, 0]);
  const system = messageOf(2, { text: "", system: { code: "time_changed", params: {} } });
  expect(counts(hello, entryOf(2, "message", { message: system }))).toEqual([2, 0]);
});

test("what lies outside the window and changes what is unread makes the event stale", () => {
  const held = (frame: ServerFrame) => {
    const frames = [1, 2, 3].map((seq) => entryOf(seq, "message", { message: messageOf(seq) }));
    const state = frames.reduce((before, each) => applyFrame(before, each, 2), emptyState);
    return applyFrame(state, frame, 2).events[chatId];
  };
  const old = messageOf(1, { deleted: true });
  expect(held(entryOf(4, "message_deleted", { message: old }))?.stale).toBe(true);
  expect(held({ type: "read", chat: chatId, user: me, seq: 1 })).toMatchObject({
    stale: false,
    chat: { unread: 2 },
  });
  const photos = [{ id: "p", width: 1, height: 1 }];
  const shown = held(entryOf(4, "message", { message: messageOf(4, { photos }) }))?.chat;
  expect(shown?.messages.map(({ seq, photos: of }) => [seq, of])).toEqual([
    [3, undefined],
    [4, photos],
  ]);
});

test("a new name stands on people and on what they wrote; an erased person leaves messages without author", () => {
  const renamed = entryOf(2, "people", { op: "renamed", user: "u2", username: "Bert" });
  expect(chatAfter(hello, renamed)?.messages[0]?.author).toEqual({ id: "u2", username: "Bert" });
  expect(after(hello, renamed).events[chatId]?.people.map(({ username }) => username)).toEqual([
    "Me",
    "Bert",
  ]);
  const erased = entryOf(3, "people", { op: "erased", user: "u2" });
  expect(chatAfter(hello, renamed, erased)?.messages[0]?.author).toBeNull();
  expect(after(hello, erased).events[chatId]?.people).toHaveLength(1);
  const friends = after(
    ownEntry(1, "friend", { user: { id: "u2", username: "Bob" }, state: "added" }),
    ownEntry(2, "block", { user: "u3", username: "Eve", state: "on" }),
    ownEntry(3, "friend", { user: { id: "u3", username: "Eva" }, state: "renamed" }),
    ownEntry(4, "friend", { user: { id: "u2", username: "Bert" }, state: "renamed" }),
  ).user;
  expect([friends.friends, friends.blocks]).toEqual([
    [{ id: "u2", username: "Bert" }],
    [{ id: "u3", username: "Eva" }],
  ]);
});

test("online people, told afresh after each welcome; what is not among its streams is gone", () => {
  const online = { type: "online", user: "u2", online: true } as const;
  expect(after(online, online).user.online).toEqual(["u2"]);
  expect(after(online, { ...online, online: false }).user.online).toEqual([]);
  const welcome = { type: "welcome", user: me, epoch: "one", streams: { [`event:${chatId}`]: 0 } } as const;
  expect(after(online, welcome)).toEqual(emptyState);
  expect(after({ ...welcome, streams: {} }).events).toEqual({});
});

test("changes nothing for what it does not know, and keeps what has not changed", () => {
  const unknown = [
    entryOf(1, "poll", {}),
    ownEntry(1, "gadget", {}),
    { type: "hologram" } as unknown as ServerFrame,
    { ...hello, stream: "event:another" },
  ];
  expect(after(...unknown)).toBe(emptyState);
  const state = after(hello);
  expect(state.user).toBe(emptyState.user);
  expect(applyFrame(state, ownEntry(1, "profile", { version: 2 })).events).toBe(state.events);
});

test("status follows the clock, except for a cancelled event's", () => {
  const core = { ...emptyEvent.core, start_time: "100", duration: "50" };
  expect([99_999, 100_000, 150_000].map((now) => statusAt(core, now))).toEqual([
    "pending",
    "active",
    "passed",
  ]);
  expect(statusAt({ ...core, status: "cancelled" }, 0)).toBe("cancelled");
  expect(statusAt({ ...core, start_time: null }, 1e15)).toBe("pending");
});
