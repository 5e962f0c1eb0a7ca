import { describe, expect, test } from "bun:test";
import { codeOf, newEvent } from "./support/events.ts";
import { newPoll, pollOf, vote } from "./support/polls.ts";
import { inWorldOf } from "./support/postgres/engines.ts";
import { expectOk } from "./support/events.ts";

const rounds = 200;
const limitMs = 120_000;

describe.each(["sqlite", "postgres"] as const)("case 107: of two at once on %s", (engine) => {
  test(
    "one gets the last seat",
    () =>
      inWorldOf(engine, async (world) => {
        const { ann, bob, cat } = await world.people("ann", "bob", "cat");
        for (let round = 0; round < rounds; round++) {
          const { id } = await newEvent(world, ann, { capacity: 2, people: [bob.id, cat.id] });
          const answers = await Promise.all(
            [bob, cat].map((guest) => guest.call("PUT", `/event/${id}/rsvp`, { status: "accepted" })),
          );
          const codes = answers.map((answer) => answer.response ?? codeOf(answer)).toSorted();
          expect([round, codes]).toEqual([round, ["accepted", "event_full"]]);
          expect(expectOk(await ann.call("GET", `/event/${id}`)).accepted).toHaveLength(2);
        }
      }),
    limitMs,
  );

  test(
    "two votes of one person are one",
    () =>
      inWorldOf(engine, async (world) => {
        const { ann, bob } = await world.people("ann", "bob");
        const { event, first } = await newPoll(world, ann, bob);
        for (let round = 0; round < rounds; round++) {
          const votes = await Promise.all(
            ["yes", "no"].map((answer) => vote(bob, event, { [first]: answer })),
          );
          expect([round, votes.map(({ status }) => status)]).toEqual([round, [200, 200]]);
          const tally = (await pollOf(ann, event)).options.find(({ id }) => id === first)?.tally;
          expect((tally?.yes ?? 0) + (tally?.no ?? 0)).toBe(1);
        }
      }),
    limitMs,
  );

  test(
    "a request that is accepted and withdrawn is one of both",
    () =>
      inWorldOf(engine, async (world) => {
        const outcomes = new Set<string>();
        for (let round = 0; round < rounds; round++) {
          const { ann, bob } = await world.people("ann", "bob");
          expectOk(await ann.call("POST", `/user/${bob.id}/friend_request`, { from: ann.id }));
          const [accepted, cancelled] = await Promise.all([
            bob.call("PUT", `/user/${bob.id}/friend_request/${ann.id}`, { status: "accepted" }),
            ann.call("DELETE", `/user/${bob.id}/friend_request`),
          ]);
          const friends = expectOk(await ann.call("GET", `/user/${ann.id}/friends`)).length;
          const outcome = `${accepted.status} ${cancelled.status} ${friends}`;
          expect([round, accepted.status < 500, cancelled.status < 500]).toEqual([round, true, true]);
          expect(friends, outcome).toBe(accepted.status === 200 ? 1 : 0);
          expect(expectOk(await bob.call("GET", `/user/${bob.id}/friends`))).toHaveLength(friends);
          outcomes.add(outcome);
        }
      }),
    limitMs,
  );

  test(
    "one event that is activated twice has one time",
    () =>
      inWorldOf(engine, async (world) => {
        const { ann, bob } = await world.people("ann", "bob");
        for (let round = 0; round < rounds; round++) {
          const { event, first, second } = await newPoll(world, ann, bob);
          const activate = (option: string) => ann.call("POST", `/event/${event}/activate`, { option });
          const answers = await Promise.all([activate(first), activate(second)]);
          for (const { status } of answers) expect([round, status < 500]).toEqual([round, true]);
          const chosen = answers.filter(({ status }) => status === 200);
          expect(chosen.length).toBeGreaterThan(0);
          const start = expectOk(await bob.call("GET", `/event/${event}`)).start_time;
          expect(chosen.map(({ response }) => response.start_time)).toContain(start);
        }
      }),
    limitMs,
  );
});
