import { expect, test } from "bun:test";
import type { ServerFrame } from "@jarvis/contract";
import { chatId, me } from "../../test/support/small-server.ts";
import { emptyEvent, emptyState, entryOf, ownEntry } from "../../test/support/states.ts";
import { applyFrame, type State } from "./apply.ts";
import { ageMs, leaveInS, positionAt, standings } from "./standing.ts";
import { nowhere } from "./whereabouts.ts";

const nowMs = 1_700_000_000_000;

function after(frames: readonly unknown[], state: State = emptyState): State {
  // Frames as a server sends them, of types that are still to come too.
  return (frames as ServerFrame[]).reduce((next, frame) => applyFrame(next, frame, 1_000, nowMs), state);
}

function travel(seq: number, code: string, more: object = {}) {
  return { ...entryOf(seq, "travel", { user: "u2", code, ...more }), at_ms: nowMs };
}

function row(user: string, more: object = {}) {
  const where = { latitude: "49", longitude: "1", accuracy: 5, distance_m: 900, eta_s: 600 };
  const whole = { event: chatId, user, id: user, username: user, at_ms: nowMs, state: "travelling" };
  return { type: "position", ...whole, ...where, ...more };
}

function briefly(state: State, atMs = nowMs, event = chatId) {
  return standings(state.where ?? nowhere, event, atMs).map(({ user, is, late_s }) => [user, is, late_s]);
}

test("who is late is late until they are on time again", () => {
  const late = after([travel(1, "running_late", { late_s: 600, margin_s: 120 })]);
  expect(briefly(late)).toEqual([["u2", "late", 600]]);
  const later = after([travel(2, "running_late", { late_s: 900, margin_s: 60 })], late);
  expect(briefly(later)).toEqual([["u2", "late", 900]]);
  expect(briefly(after([travel(3, "on_time")], later))).toEqual([["u2", "on_time", null]]);
});

test("nobody is late who has arrived, whatever comes after", () => {
  const arrived = after([
    travel(1, "running_late", { late_s: 600 }),
    travel(2, "arrived"),
    travel(3, "running_late", { late_s: 900 }),
    row("u2", { state: "travelling", eta_s: 2_000 }),
  ]);
  expect(briefly(arrived)).toEqual([["u2", "arrived", null]]);
  const seen = after([travel(1, "running_late", { late_s: 600 }), row("u2", { state: "arrived" })]);
  expect(briefly(seen)).toEqual([["u2", "arrived", null]]);
});

test("entries that come again change nothing", () => {
  const told = [travel(1, "running_late", { late_s: 600 }), travel(2, "on_time")];
  const once = after(told);
  expect(after(told, once)).toEqual(once);
});

test("another place or start makes what was said void; another name does not", () => {
  const before = after([travel(1, "arrived"), row("u2")]);
  const named = after([entryOf(2, "event", { event: { ...emptyEvent.core, name: "Supper" } })], before);
  expect(briefly(named)).toEqual([["u2", "arrived", null]]);
  const moved = after(
    [entryOf(3, "event", { event: { ...emptyEvent.core, start_time: "1900000000" } })],
    named,
  );
  expect(briefly(moved)).toEqual([["u2", "travelling", null]]);
  expect(briefly(after([travel(1, "arrived")], moved))).toEqual([["u2", "travelling", null]]);
  expect(briefly(after([travel(4, "running_late", { late_s: 400 })], moved))).toEqual([["u2", "late", 400]]);
});

test("who stops sharing is neither seen nor late; that they have arrived stays said", () => {
  const seen = after([travel(1, "running_late", { late_s: 600 }), row("u2")]);
  expect(briefly(after([entryOf(2, "sharing", { user: "u2", state: "off" })], seen))).toEqual([]);
  const paused = after([entryOf(2, "sharing", { user: "u2", state: "paused" })], seen);
  expect(paused.where?.positions[chatId]?.["u2"]?.latitude).toBeUndefined();
  expect(briefly(paused)).toEqual([["u2", "paused", null]]);
  const there = after([travel(1, "arrived"), entryOf(2, "sharing", { user: "u2", state: "off" })]);
  expect(briefly(there)).toEqual([["u2", "arrived", null]]);
});

test("who leaves, declines or is blocked is nowhere", () => {
  const seen = after([travel(1, "running_late", { late_s: 600 }), row("u2")]);
  const ends = [
    entryOf(2, "people", { op: "removed", user: "u2" }),
    entryOf(2, "rsvp", { user: "u2", username: "Bob", rsvp: "declined" }),
    ownEntry(1, "block", { user: "u2", state: "on" }),
    ownEntry(1, "removed", { event: chatId }),
  ];
  for (const end of ends) expect(briefly(after([end], seen))).toEqual([]);
});

test("after a break nobody is seen who is not told of again, and what was said stays", () => {
  const seen = after([travel(1, "running_late", { late_s: 600 }), row("u2"), row("u3"), friend("f1")]);
  const welcome = { type: "welcome", user: me, epoch: "e", streams: { [`event:${chatId}`]: 1 } };
  const again = after([welcome], seen);
  expect(again.where?.positions).toEqual({});
  expect(again.where?.friends).toEqual({});
  expect(briefly(again)).toEqual([["u2", "late", 600]]);
  const elsewhere = after([{ ...welcome, streams: {} }], seen);
  expect(elsewhere.where?.journeys).toEqual({});
});

function friend(user: string) {
  const where = { latitude: "49", longitude: "1", accuracy: 5, speed: null, battery: null };
  return { type: "friend_position", user, at_ms: nowMs - 30_000, ...where };
}

test("a friend is seen as long as the share lasts", () => {
  const share = { from: "f1", to: me, until_ms: nowMs + 900_000 };
  const seen = after([ownEntry(1, "share", share), friend("f1")]);
  expect(seen.user.shares.incoming).toEqual([{ id: "f1", until_ms: share.until_ms }]);
  expect(seen.where?.friends["f1"]).toMatchObject({ latitude: "49", heard_ms: nowMs });
  for (const end of [
    ownEntry(2, "share", { ...share, until_ms: null }),
    ownEntry(2, "friend", { user: { id: "f1", username: "F" }, state: "removed" }),
    ownEntry(2, "block", { user: "f1", state: "on" }),
  ]) {
    const ended = after([end], seen);
    expect(ended.where?.friends).toEqual({});
    expect(ended.user.shares.incoming).toEqual([]);
  }
  const own = after([ownEntry(2, "share", { from: me, to: "f1", until_ms: 5 })], seen);
  expect(own.user.shares.outgoing).toEqual([{ id: "f1", until_ms: 5 }]);
  expect(own.where?.friends["f1"]).toBeDefined();
});

test("devices come, are renamed and go", () => {
  const one = after([
    ownEntry(1, "device", { id: "d2", name: "Phone" }),
    ownEntry(2, "device", { id: "d1", name: "Watch" }),
  ]);
  expect(one.user.devices).toEqual([
    { id: "d1", name: "Watch" },
    { id: "d2", name: "Phone" },
  ]);
  const named = after([ownEntry(3, "device", { id: "d2", name: "Old phone" })], one);
  expect(named.user.devices[1]).toEqual({ id: "d2", name: "Old phone" });
  expect(after([ownEntry(4, "device", { id: "d2", removed: true })], named).user.devices).toHaveLength(1);
});

test("a position grows old by this machine's clock, and is at last not shown", () => {
  const { where = nowhere } = after([row("u2", { at_ms: nowMs - 60_000 })]);
  const seen = where.positions[chatId]?.["u2"];
  if (!seen) throw new Error("it was heard");
  expect(positionAt(seen, nowMs)).toMatchObject({ age_ms: 60_000, stale: false });
  expect(positionAt(seen, nowMs + 60_001)).toMatchObject({ stale: true });
  expect(positionAt(seen, nowMs + 600_000)).toBeNull();
  expect(briefly({ ...emptyState, where }, nowMs + 61_000)).toEqual([["u2", "stale", null]]);
  expect(briefly({ ...emptyState, where }, nowMs + 600_000)).toEqual([]);
  // A clock that is slow makes nothing younger than its hearing.
  expect(ageMs({ at_ms: nowMs + 300_000, heard_ms: nowMs }, nowMs + 60_000)).toBe(60_000);
});

test("when to leave is told to the person alone, and runs down", () => {
  const leave = { ...entryOf(1, "travel", { user: me, code: "leave_now", leave_in_s: 300 }), at_ms: nowMs };
  const { where = nowhere } = after([leave]);
  expect(leaveInS(where, chatId, me, nowMs + 60_000)).toBe(240);
  expect(leaveInS(where, chatId, me, nowMs + 900_000)).toBe(0);
  expect(leaveInS(where, chatId, "u2", nowMs)).toBeNull();
  expect(briefly({ ...emptyState, where })).toEqual([]);
});

test("what is told beside the event's log counts as well, the newest of it", () => {
  const beside = (code: string, at_ms: number, more: object = {}) => ({
    ...entryOf(900, "travel", { user: me, code, event: chatId, ...more }),
    stream: `user:${me}` as const,
    at_ms,
  });
  const leave = after([travel(1, "on_time"), beside("leave_now", nowMs, { leave_in_s: 300 })]);
  expect(leaveInS(leave.where ?? nowhere, chatId, me, nowMs + 60_000)).toBe(240);
  const older = after([beside("running_late", nowMs - 1, { late_s: 60 })], leave);
  expect(older.where?.journeys).toEqual(leave.where?.journeys);
  // Its number is of another log.
  expect(briefly(after([travel(2, "running_late", { late_s: 400 })], leave))).toEqual([["u2", "late", 400]]);
});

test("of a series, each occurrence has its own journeys", () => {
  const state = after([
    travel(1, "arrived", { event: "e1_5" }),
    travel(2, "running_late", { late_s: 400, event: "e1_6" }),
  ]);
  expect(briefly(state, nowMs, "e1_5")).toEqual([["u2", "arrived", null]]);
  expect(briefly(state, nowMs, "e1_6")).toEqual([["u2", "late", 400]]);
  expect(briefly(state)).toEqual([]);
});
