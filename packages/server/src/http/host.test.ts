import { expect, test } from "bun:test";
import { hostCheck } from "./host.ts";

const isOurs = hostCheck("https://jarvis.example");

test.each([
  "jarvis.example",
  "JARVIS.example",
  "jarvis.example:443",
  "jarvis.example:8080",
  "localhost",
  "localhost:3000",
  "127.0.0.1:3000",
  "192.168.1.20",
  "[::1]:3000",
  "[fe80::1]",
])("answers for %s", (host) => {
  expect(isOurs(host)).toBe(true);
  expect(isOurs(host)).toBe(true);
});

test.each([
  "",
  "evil.example",
  "jarvis.example.evil.example",
  "evil-jarvis.example",
  "jarvis.example.",
  "localhost.evil.example",
  "evil.example:3000",
  "127.0.0.1.evil.example",
  "127.1",
  "2130706433",
  "jarvis.example:",
  "jarvis.example:port",
  "jarvis.example@evil.example",
  "evil.example/jarvis.example",
  "evil.example#jarvis.example",
  "[::1",
  "::1",
  "[::1].evil.example",
  "localhost localhost",
])("does not answer for %p", (host) => {
  expect(isOurs(host)).toBe(false);
  expect(isOurs(host)).toBe(false);
});

test("judges a host the same way once it no longer remembers new ones", () => {
  const check = hostCheck("https://jarvis.example");
  for (let i = 0; i < 5_000; i++) expect(check(`host-${i}.example`)).toBe(false);
  expect(check("jarvis.example")).toBe(true);
  expect(check("other.example")).toBe(false);
});
