import { expect, test } from "bun:test";
import type { EntryFrame, Poll } from "@jarvis/contract";
import { chatId } from "../../test/support/small-server.ts";
import { emptyEvent, emptyState, entryOf } from "../../test/support/states.ts";
import { applyFrame, type State } from "./apply.ts";
import { isPollOpen, withPoll, withVotes } from "./poll-reducer.ts";

const none = { yes: 0, if_needed: 0, no: 0 };
const option = { start_time: "100", duration: "60", date: null, tally: none, voters: null };
const poll: Poll = {
  options: [
    { ...option, id: "a" },
    { ...option, id: "b" },
  ],
  votes: { a: "yes", b: "no" },
  open: true,
  deadline_ms: null,
  hidden: true,
  required: [],
  answered: null,
  waiting: null,
  chosen: null,
  version: 4,
};

function told(version: number, more: object = {}, since = version - 1): EntryFrame {
  return entryOf(version, "poll", { op: "votes", version, since, ...more });
}

function after(...entries: EntryFrame[]) {
  const state: State = { ...emptyState, events: { [chatId]: withPoll(emptyEvent, poll, []) } };
  return entries.reduce((before, entry) => applyFrame(before, entry), state).events[chatId]?.poll;
}

test("tallies are applied; what the poll was fetched after, and what one lacks, are told apart", () => {
  const one = { ...none, yes: 1 };
  expect(after()).toMatchObject({ stale: false, votersStale: false });
  expect(after(told(4, { tallies: { a: one } }))).toEqual({ ...poll, stale: false, votersStale: false });
  const next = after(told(5, { tallies: { a: one } }));
  expect(next).toMatchObject({ version: 5, stale: false, votersStale: true });
  expect(next?.options.map(({ tally }) => tally)).toEqual([one, none]);
  expect(after(told(9, { tallies: { b: one } }, 4))).toMatchObject({ version: 9, stale: false });
  expect(after(told(9, { tallies: { b: one } }))).toMatchObject({ version: 9, stale: true });
  expect(after(told(5))).toMatchObject({ version: 5, stale: true });
});

test("a removed option goes with the own vote; options that come, and settings, are to be fetched", () => {
  const gone = after(told(5, { op: "options", removed: ["a"] }));
  expect(gone).toMatchObject({ votes: { b: "no" }, stale: false });
  expect(gone?.options.map(({ id }) => id)).toEqual(["b"]);
  expect(after(told(5, { op: "options" }))).toMatchObject({ stale: true });
  expect(after(told(5, { op: "settings" }))).toMatchObject({ stale: true });
});

test("a time that is set, and people who come and go, leave the poll to be fetched", () => {
  const timed = entryOf(5, "event", { event: { ...emptyEvent.core, start_time: "100" } });
  expect(after(timed)).toMatchObject({ stale: true });
  expect(after(entryOf(5, "event", { event: { ...emptyEvent.core, name: "x" } }))).toMatchObject({
    stale: false,
    votersStale: false,
  });
  const left = entryOf(5, "people", { op: "removed", user: "u2" });
  expect(after(left)).toMatchObject({ stale: false, votersStale: true });
});

test("what came while the poll was fetched is in it", () => {
  const one = { ...none, no: 1 };
  const heard = [told(4, { tallies: { a: one } }), told(5, { tallies: { b: one } })];
  expect(withPoll(emptyEvent, poll, heard).poll?.options.map(({ tally }) => tally)).toEqual([none, one]);
  const timed = entryOf(5, "event", { event: { ...emptyEvent.core, start_time: "100" } });
  expect(withPoll(emptyEvent, poll, [timed]).poll).toMatchObject({ stale: true });
});

test("an event whose poll nobody has looked at stays as it is", () => {
  const state = applyFrame(emptyState, told(5, { tallies: {} }));
  expect(state).toBe(emptyState);
  expect(withVotes(emptyEvent, { a: "no" })).toBe(emptyEvent);
});

test("it is open until there is a time, it is cancelled, or its deadline has passed", () => {
  const event = withPoll(emptyEvent, { ...poll, deadline_ms: 50 }, []);
  expect([49, 50].map((now) => isPollOpen(event, now))).toEqual([true, false]);
  expect(isPollOpen(emptyEvent, 1e15)).toBe(true);
  expect(isPollOpen({ ...event, core: { ...event.core, start_time: "1" } }, 0)).toBe(false);
  expect(isPollOpen({ ...event, core: { ...event.core, status: "cancelled" } }, 0)).toBe(false);
});
