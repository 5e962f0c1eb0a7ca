import { expect, test } from "bun:test";
import {
  claimAddress,
  idleMs,
  isIssuedTooEarly,
  isSessionAlive,
  keysBeginning,
  lifetimeMs,
  settingColumns,
  usernameKey,
} from "./rules.ts";

test("a session lives 30 days after its last use and 90 in all", () => {
  const session = { used_ms: 0, expires_ms: lifetimeMs };
  expect(isSessionAlive(session, idleMs - 1)).toBe(true);
  expect(isSessionAlive(session, idleMs)).toBe(false);
  const used = { used_ms: lifetimeMs - 1, expires_ms: lifetimeMs };
  expect(isSessionAlive(used, lifetimeMs - 1)).toBe(true);
  expect(isSessionAlive(used, lifetimeMs)).toBe(false);
});

test("31: an address goes to its first proof and stays with it", () => {
  expect(claimAddress(undefined, false)).toBe("free");
  expect(claimAddress(undefined, true)).toBe("free");
  expect(claimAddress({ email_confirmed: 0 }, true)).toBe("release");
  expect(claimAddress({ email_confirmed: 0 }, false)).toBe("taken");
  expect(claimAddress({ email_confirmed: 1 }, true)).toBe("taken");
  expect(claimAddress({ email_confirmed: 1 }, false)).toBe("taken");
});

test("names are compared without case and compatibility forms, beginnings from three characters on", () => {
  expect(usernameKey("Ｊarvis ﬁve")).toBe("jarvis five");
  for (const short of ["An", "👍👍", "ﬀ"]) expect(keysBeginning(short)).toEqual({ fromKey: "", toKey: "" });
  const { fromKey, toKey } = keysBeginning("Ann");
  const begins = (name: string) =>
    Buffer.compare(Buffer.from(fromKey), Buffer.from(name)) <= 0 &&
    Buffer.compare(Buffer.from(name), Buffer.from(toKey)) < 0;
  expect(["ann", "anna", "ann🧭", "annzz"].map(begins)).toEqual([true, true, true, true]);
  expect(["an", "anm", "ano", "Ann", "jann"].map(begins)).toEqual([false, false, false, false, false]);
});

test("36: tokens from before a sign-out everywhere are too early", () => {
  expect(isIssuedTooEarly({ issuedMs: 999 }, { id_tokens_from_ms: 1_000 })).toBe(true);
  expect(isIssuedTooEarly({ issuedMs: 1_000 }, { id_tokens_from_ms: 1_000 })).toBe(false);
});

test("settings become columns, those left out do not", () => {
  const settings = {
    findable: false,
    show_online: true,
    busy_for: "friends",
    invites_from: undefined,
  } as const;
  expect(settingColumns(settings)).toEqual({ findable: 0, show_online: 1, busy_for: "friends" });
});
