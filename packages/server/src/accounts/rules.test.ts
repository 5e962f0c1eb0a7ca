import { expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  claimAddress,
  idleMs,
  isFresh,
  isIssuedTooEarly,
  isSessionAlive,
  keysBeginning,
  lifetimeMs,
  returnPath,
  settingColumns,
  usableHash,
  usernameFrom,
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

test("case 31: an address goes to its first proof and stays with it", () => {
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

test("case 36: tokens from before a sign-out everywhere are too early", () => {
  expect(isIssuedTooEarly({ issuedMs: 999 }, { id_tokens_from_ms: 1_000 })).toBe(true);
  expect(isIssuedTooEarly({ issuedMs: 1_000 }, { id_tokens_from_ms: 1_000 })).toBe(false);
});

test("a sign-in is fresh for five minutes", () => {
  const signedInMs = 1_000_000;
  const at = (ms: number) => isFresh({ signedInMs }, signedInMs + ms);
  expect([at(0), at(5 * 60_000), at(5 * 60_000 + 1)]).toEqual([true, true, false]);
});

test("case 41: a return path stays inside the app of whatever origin it is put behind", () => {
  for (const path of ["/app", "/app/", "/app/events/1?tab=2#x", "/app/%C3%A9", "/app?x=https:"]) {
    expect(returnPath(path)).toBe(path);
  }
  const piece = fc.constantFrom(
    "/",
    "\\",
    "app",
    "..",
    ".",
    "%2f",
    "%5C",
    "%2e",
    "evil.example",
    ":",
    "@",
    "?",
    "#",
    "\t",
    "a",
  );
  const paths = fc.array(piece, { maxLength: 8 }).map((pieces) => `/app${pieces.join("")}`);
  fc.assert(
    fc.property(fc.oneof(paths, fc.webUrl(), fc.string()), (path) => {
      const safe = returnPath(path);
      if (safe === null) return;
      const url = new URL(safe, "https://jarvis.example");
      expect([url.origin, /^\/app(\/|$)/.test(url.pathname)]).toEqual(["https://jarvis.example", true]);
      expect(url.pathname + url.search + url.hash).toBe(safe);
      expect(safe).not.toMatch(/^\/\/|\\/);
    }),
    { numRuns: 2_000 }, // a failure prints its seed
  );
});

test("a name for whoever comes with an identity is one that could have been typed", () => {
  expect(usernameFrom("  Ann Example ", "ann@example.org")).toBe("Ann Example");
  expect(usernameFrom(null, "ann@example.org")).toBe("ann");
  expect(usernameFrom("\u202e", "ann@example.org")).toBe("ann");
  expect(usernameFrom("👍".repeat(100), "x@example.org")).toBe("👍".repeat(64));
  expect(usernameFrom("", "\u0000@example.org")).toBe("Friend");
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

test("an expired password is as if there were none", () => {
  const temporary = { password_hash: "hash", password_expires_ms: 1_000 };
  expect([usableHash(temporary, 999), usableHash(temporary, 1_000)]).toEqual(["hash", null]);
  expect(usableHash({ password_hash: "hash", password_expires_ms: null }, 1_000)).toBe("hash");
  expect(usableHash({ password_hash: null, password_expires_ms: null }, 0)).toBeNull();
});
