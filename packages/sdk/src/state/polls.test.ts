import { expect, test } from "bun:test";
import type { Poll, ServerFrame } from "@jarvis/contract";
import { movedClock } from "../../test/support/moved-clock.ts";
import { chatId } from "../../test/support/small-server.ts";
import { emptyState, entryOf } from "../../test/support/states.ts";
import { turns } from "../../test/support/small-world.ts";
import type { Api } from "../api.ts";
import { JarvisNetworkError } from "../errors.ts";
import { applyFrame, mapEvent, type State } from "./apply.ts";
import { Polls } from "./polls.ts";

/** A poll of one option at a server whose answers the test lets go. */
function server() {
  let state: State = emptyState;
  const clock = movedClock();
  const asked: PromiseWithResolvers<Poll>[] = [];
  const getPoll = () => {
    const answer = Promise.withResolvers<Poll>();
    asked.push(answer);
    return answer.promise;
  };
  const failures: unknown[] = [];
  const polls = new Polls({
    client: { polls: { getPoll, setVotes: async () => ({ a: "no" }) } } as unknown as Api, // all that is called
    clock,
    random: { fraction: () => 0.5, id: () => "id" },
    sync: {
      get state() {
        return state;
      },
      change: (event, change) => (state = mapEvent(state, event, change)),
    },
    failed: (error) => failures.push(error),
  });
  const hear = (frame: ServerFrame) => {
    state = applyFrame(state, frame);
    polls.heard(frame);
  };
  return { polls, clock, asked, failures, hear, poll: () => state.events[chatId]?.poll };
}

function pollOf(version: number, yes: number): Poll {
  const time = { start_time: "100", duration: "60", date: null };
  const options = [{ id: "a", ...time, tally: { yes, if_needed: 0, no: 0 }, voters: null }];
  const settings = { open: true, deadline_ms: null, hidden: true, required: [], chosen: null };
  return { options, votes: {}, ...settings, answered: null, waiting: null, version };
}

function voted(version: number, yes?: number) {
  const tallies = yes === undefined ? {} : { tallies: { a: { yes, if_needed: 0, no: 0 } } };
  return entryOf(version, "poll", { op: "votes", version, since: version - 1, ...tallies });
}

test("fetches a poll that somebody looks at, once, with what came meanwhile", async () => {
  const { polls, asked, hear, poll } = server();
  hear(voted(1, 1));
  expect([poll(), asked.length]).toEqual([undefined, 0]);
  const loading = polls.load(chatId);
  await turns();
  hear(voted(2, 2));
  hear(voted(3, 3));
  asked[0]?.resolve(pollOf(2, 2));
  await loading;
  expect(poll()).toMatchObject({ version: 3, stale: false, options: [{ tally: { yes: 3 } }] });
  await polls.load("another");
  expect(asked).toHaveLength(1);
});

test("while it is watched, what entries do not tell is fetched, once for all that came", async () => {
  const { polls, asked, hear, poll, clock } = server();
  const stop = polls.watch(chatId);
  await turns();
  asked[0]?.resolve(pollOf(1, 0));
  await turns();
  hear(voted(2, 1));
  clock.advance(10_000);
  await turns();
  expect([poll()?.options[0]?.tally.yes, asked.length]).toEqual([1, 1]);
  hear(voted(3));
  hear(voted(4));
  clock.advance(1_999);
  await turns();
  expect(asked).toHaveLength(1);
  clock.advance(1);
  await turns();
  expect(asked).toHaveLength(2);
  asked[1]?.resolve(pollOf(4, 7));
  await turns();
  expect(poll()).toMatchObject({ version: 4, stale: false });
  stop();
  stop();
  hear(voted(5));
  clock.advance(10_000);
  await turns();
  expect([poll()?.stale, asked.length]).toEqual([true, 2]);
});

test("asks again where the network failed; shows own votes as soon as they are stored", async () => {
  const { polls, asked, poll, clock, failures } = server();
  const loading = polls.load(chatId);
  await turns();
  asked[0]?.reject(new JarvisNetworkError("gone"));
  await turns();
  clock.advance(2_000);
  await turns();
  asked[1]?.resolve(pollOf(1, 0));
  await loading;
  expect(failures).toEqual([]);
  await polls.vote(chatId, { a: "no" });
  expect(poll()?.votes).toEqual({ a: "no" });
});
