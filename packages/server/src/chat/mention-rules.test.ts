import { expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import { mayMention, mentionsOf } from "./mention-rules.ts";

function member(id: string, username: string) {
  return { id: id as UserId, username };
}

const members = [
  member("1", "Ann"),
  member("2", "Ann Lee"),
  member("3", "ann"),
  member("4", "José"),
  member("5", "x@y"),
  member("6", "🦊"),
  member("7", "𝔉red"),
];

function named(text: string, mentions?: string[]): string[] {
  return mentionsOf({ text, mentions: mentions as UserId[] | undefined }, members);
}

test.each([
  ["@Ann, come", ["1", "3"]],
  ["come @ANN!", ["1", "3"]],
  ["@ann lee and @ann", ["2", "1", "3"]],
  ["@Ann Leeds", ["1", "3"]],
  ["@Annabel", []],
  ["@ann_b", []],
  ["@Ann2", []],
  ["ann@ann.example", []],
  ["(@jose\u0301)", ["4"]],
  ["@JOSÉ's", ["4"]],
  ["@jose", []],
  ["@x@y", ["5"]],
  ["hey @🦊🦊", ["6"]],
  ["@fred", ["7"]],
  ["＠Ann", ["1", "3"]],
  ["@ Ann", []],
  ["@@Ann", ["1", "3"]],
  ["Ann", []],
  ["@", []],
])("%s names %p", (text, expected) => {
  expect(named(text)).toEqual(expected);
});

test("people named beside the text come after those in it, each once, and only those of the chat", () => {
  expect(named("@José", ["6", "4", "nobody", "6", "1"])).toEqual(["4", "6", "1"]);
});

test("a text without a sign is not even looked through", () => {
  expect(mayMention({ text: "see you at 8" })).toBe(false);
  expect(mayMention({ text: "a@b" })).toBe(true);
  expect(mayMention({ text: "﹫b" })).toBe(true);
  expect(mayMention({ text: "hi", mentions: [] })).toBe(true);
});

test("at most 50 are named, and a hostile text costs little", () => {
  const crowd = Array.from({ length: 1_000 }, (_, i) => member(`${i}`, "a".repeat((i % 64) + 1)));
  const began = performance.now();
  const found = mentionsOf({ text: "@a".repeat(2_000) + " @a".repeat(500) }, crowd);
  expect(found).toHaveLength(16);
  expect(
    mentionsOf(
      { text: "@bo" },
      crowd.map(({ id }) => member(id, "Bo")),
    ),
  ).toHaveLength(50);
  expect(performance.now() - began).toBeLessThan(200);
});
