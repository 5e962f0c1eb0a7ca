import { describe, expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import {
  canAnswer,
  canRemove,
  canSeeEmail,
  changedColumns,
  isParticipant,
  isSilent,
  isSpanAllowed,
  isWelcome,
  silentMs,
  statusOf,
  windowOf,
} from "./rules.ts";

const hour = 3_600_000;
const event = { start_ms: 10 * hour, duration_ms: 2 * hour, cancelled: 0 };

describe("status", () => {
  test.each([
    [10 * hour - 1, "pending"],
    [10 * hour, "active"],
    [12 * hour - 1, "active"],
    [12 * hour, "passed"],
  ] as const)("at %d is %s", (now, status) => {
    expect(statusOf(event, now)).toBe(status);
  });

  test("stays pending without a time, and cancelled whatever the time", () => {
    expect(statusOf({ ...event, start_ms: null }, 99 * hour)).toBe("pending");
    expect(statusOf({ ...event, cancelled: 1 }, 11 * hour)).toBe("cancelled");
  });
});

test("the window runs from an hour before to a quarter after; none for cancelled or timeless events", () => {
  expect(windowOf(event)).toEqual({ fromMs: 9 * hour, untilMs: 12.25 * hour });
  expect(windowOf({ ...event, cancelled: 1 })).toBeNull();
  expect(windowOf({ ...event, start_ms: null })).toBeNull();
});

test("who is invited takes part; who declined, is out, or was never reached does not", () => {
  const invited = { state: "in", delivered: 1, rsvp: "none" } as const;
  expect(isParticipant(invited)).toBe(true);
  expect(isParticipant({ ...invited, rsvp: "declined" })).toBe(false);
  expect(isParticipant({ ...invited, state: "left" })).toBe(false);
  expect(isParticipant({ ...invited, delivered: 0 })).toBe(false);
});

test("nobody removes the owner, only the owner removes hosts, guests remove nobody", () => {
  const roles = ["owner", "host", "guest"] as const;
  const allowed = roles.flatMap((actor) =>
    roles.filter((target) => canRemove(actor, target)).map((target) => `${actor} ${target}`),
  );
  expect(allowed).toEqual(["owner host", "owner guest", "host guest"]);
});

test("who left or declined may answer again, who was removed or never reached may not", () => {
  expect(canAnswer({ state: "in", delivered: 1, left_ms: null })).toBe(true);
  expect(canAnswer({ state: "left", delivered: 1, left_ms: 5 })).toBe(true);
  expect(canAnswer({ state: "in", delivered: 0, left_ms: 5 })).toBe(true);
  expect(canAnswer({ state: "in", delivered: 0, left_ms: null })).toBe(false);
  expect(canAnswer({ state: "removed", delivered: 1, left_ms: 5 })).toBe(false);
});

test("silence lasts 30 days", () => {
  expect(isSilent({ left_ms: 1_000 }, 1_000 + silentMs - 1)).toBe(true);
  expect(isSilent({ left_ms: 1_000 }, 1_000 + silentMs)).toBe(false);
  expect(isSilent({ left_ms: null }, 0)).toBe(false);
});

test("an e-mail is seen for one good reason, and never across a block", () => {
  const none = {
    self: false,
    blocked: false,
    friend: false,
    bothAccepted: false,
    owner: false,
    typed: false,
  };
  expect(canSeeEmail(none)).toBe(false);
  for (const reason of ["friend", "bothAccepted", "owner", "typed"] as const) {
    expect([reason, canSeeEmail({ ...none, [reason]: true })]).toEqual([reason, true]);
    expect([reason, canSeeEmail({ ...none, [reason]: true, blocked: true })]).toEqual([reason, false]);
  }
  expect(canSeeEmail({ ...none, self: true })).toBe(true);
});

test("an invitation is welcome unless there is a block, or only friends' are and it is from none", () => {
  const id = "somebody" as UserId; // an opaque id
  const nobody = { friends: new Set<UserId>(), blocked: new Set<UserId>() };
  expect(isWelcome({ id, invites_from: "everyone" }, nobody)).toBe(true);
  expect(isWelcome({ id, invites_from: "friends" }, nobody)).toBe(false);
  expect(isWelcome({ id, invites_from: "friends" }, { ...nobody, friends: new Set([id]) })).toBe(true);
  expect(isWelcome({ id, invites_from: "everyone" }, { ...nobody, blocked: new Set([id]) })).toBe(false);
});

test("only what differs is a change", () => {
  const row: { a: number; b: number | null } = { a: 1, b: null };
  expect(changedColumns(row, { a: 1, b: 2 })).toEqual({ b: 2 });
  expect(changedColumns<typeof row>({ a: 1, b: 2 }, { b: null })).toEqual({ b: null });
  expect(changedColumns({ a: 1 }, {})).toEqual({});
});

test("a range runs forward and spans at most 400 days", () => {
  expect(isSpanAllowed(0, 400 * 86_400)).toBe(true);
  expect(isSpanAllowed(0, 400 * 86_400 + 1)).toBe(false);
  expect(isSpanAllowed(2, 1)).toBe(false);
  expect(isSpanAllowed(undefined, 1)).toBe(true);
  expect(isSpanAllowed(0, undefined)).toBe(true);
});
