import { describe, expect, test } from "bun:test";
import { userStream } from "@jarvis/contract";
import { codeOf, entriesOf, passDays } from "./support/events.ts";
import { type Answer, createWorld, type Person } from "./support/world.ts";

type Actor = "ann" | "bob";
/** What one person does to the other; days let time pass. */
type Step =
  | [Actor, "asks" | "withdraws" | "accepts" | "declines" | "unfriends" | "blocks" | "unblocks"]
  | number;

interface Case {
  history: Step[];
  last: [Actor, "asks" | "accepts" | "declines"];
  answer: unknown;
  /** What each then sees: F friends, I incoming, O outgoing. */
  ann: string;
  bob: string;
}

const asks: Step = ["ann", "asks"];
const declined: Step[] = [asks, ["bob", "declines"]];
const blocked: Step[] = [["bob", "blocks"]];
const friends: Step[] = [asks, ["bob", "accepts"]];

const table: Case[] = [
  { history: [], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "I" },
  { history: [asks], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "I" },
  { history: [asks], last: ["bob", "asks"], answer: "accepted", ann: "F", bob: "F" },
  { history: [asks], last: ["bob", "accepts"], answer: "accepted", ann: "F", bob: "F" },
  { history: [asks], last: ["bob", "declines"], answer: "declined", ann: "O", bob: "" },
  { history: [asks], last: ["ann", "accepts"], answer: "not_found", ann: "O", bob: "I" },
  { history: [], last: ["bob", "accepts"], answer: "not_found", ann: "", bob: "" },
  { history: [], last: ["bob", "declines"], answer: "not_found", ann: "", bob: "" },
  { history: [asks, ["ann", "withdraws"]], last: ["bob", "accepts"], answer: "not_found", ann: "", bob: "" },
  { history: [asks, ["ann", "withdraws"]], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "I" },
  { history: [asks, ["ann", "withdraws"]], last: ["bob", "asks"], answer: "pending", ann: "I", bob: "O" },
  { history: declined, last: ["ann", "asks"], answer: "pending", ann: "O", bob: "" },
  { history: [...declined, 29], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "" },
  { history: [...declined, 31], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "I" },
  { history: declined, last: ["bob", "asks"], answer: "accepted", ann: "F", bob: "F" },
  { history: declined, last: ["bob", "declines"], answer: "declined", ann: "O", bob: "" },
  { history: declined, last: ["bob", "accepts"], answer: "not_found", ann: "O", bob: "" },
  {
    history: [...declined, ["ann", "withdraws"]],
    last: ["ann", "asks"],
    answer: "pending",
    ann: "O",
    bob: "",
  },
  {
    history: [...declined, ["ann", "withdraws"]],
    last: ["bob", "asks"],
    answer: "pending",
    ann: "I",
    bob: "O",
  },
  {
    history: [...declined, ["ann", "withdraws"], 31],
    last: ["ann", "asks"],
    answer: "pending",
    ann: "O",
    bob: "I",
  },
  { history: friends, last: ["ann", "asks"], answer: "already_friends", ann: "F", bob: "F" },
  { history: friends, last: ["bob", "accepts"], answer: "accepted", ann: "F", bob: "F" },
  { history: friends, last: ["bob", "declines"], answer: "not_found", ann: "F", bob: "F" },
  {
    history: [...friends, ["bob", "unfriends"]],
    last: ["ann", "asks"],
    answer: "pending",
    ann: "O",
    bob: "I",
  },
  { history: blocked, last: ["ann", "asks"], answer: "pending", ann: "O", bob: "" },
  { history: [...blocked, asks], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "" },
  { history: [...blocked, asks], last: ["bob", "accepts"], answer: "not_found", ann: "O", bob: "" },
  { history: [...blocked, asks], last: ["bob", "asks"], answer: "pending", ann: "O", bob: "O" },
  { history: blocked, last: ["bob", "asks"], answer: "pending", ann: "", bob: "O" },
  { history: [asks, ...blocked], last: ["bob", "accepts"], answer: "not_found", ann: "O", bob: "" },
  { history: [["bob", "asks"], ...blocked], last: ["ann", "accepts"], answer: "not_found", ann: "", bob: "" },
  { history: [...friends, ...blocked], last: ["ann", "asks"], answer: "pending", ann: "O", bob: "" },
  {
    history: [...blocked, asks, ["bob", "unblocks"]],
    last: ["ann", "asks"],
    answer: "pending",
    ann: "O",
    bob: "I",
  },
  {
    history: [...blocked, asks, ["bob", "unblocks"]],
    last: ["bob", "asks"],
    answer: "accepted",
    ann: "F",
    bob: "F",
  },
  {
    history: [...blocked, asks, ["bob", "asks"], ["bob", "unblocks"]],
    last: ["ann", "asks"],
    answer: "accepted",
    ann: "F",
    bob: "F",
  },
  {
    history: [...declined, ...blocked, ["bob", "unblocks"]],
    last: ["ann", "asks"],
    answer: "pending",
    ann: "O",
    bob: "",
  },
];

const calls: Record<Exclude<Step, number>[1], (id: string, other: string) => [string, string, object?]> = {
  asks: (id, other) => ["POST", `/user/${other}/friend_request`, { from: id }],
  withdraws: (_, other) => ["DELETE", `/user/${other}/friend_request`],
  accepts: (id, other) => ["PUT", `/user/${id}/friend_request/${other}`, { answer: "accept" }],
  declines: (id, other) => ["PUT", `/user/${id}/friend_request/${other}`, { answer: "decline" }],
  unfriends: (id, other) => ["DELETE", `/user/${id}/friends/${other}`],
  blocks: (id, other) => ["PUT", `/user/${id}/blocks/${other}`],
  unblocks: (id, other) => ["DELETE", `/user/${id}/blocks/${other}`],
};

function act(actor: Person, other: Person, what: keyof typeof calls): Promise<Answer> {
  return actor.call(...calls[what](actor.id, other.id));
}

async function viewOf(person: Person): Promise<string> {
  const friends = (await person.call("GET", `/user/${person.id}/friends`)).response;
  const { incoming, outgoing } = (await person.call("GET", `/user/${person.id}/friend_requests`)).response;
  return `${"F".repeat(friends.length)}${"I".repeat(incoming.length)}${"O".repeat(outgoing.length)}`;
}

describe("case 51: every state of a friend request", () => {
  test.each(table.map((row) => [JSON.stringify(row.history), row.last.join(" "), row] as const))(
    "after %s, %s",
    async (_history, _last, { history, last, answer, ann: annSees, bob: bobSees }) => {
      await using world = await createWorld();
      const { ann, bob } = await world.people("ann", "bob");
      const both = (actor: Actor) => (actor === "ann" ? ([ann, bob] as const) : ([bob, ann] as const));
      for (const step of history) {
        if (typeof step === "number") await passDays(world, step, ann, bob);
        else expect((await act(...both(step[0]), step[1])).status).toBe(200);
      }
      const outcome = await act(...both(last[0]), last[1]);
      expect(outcome.response ?? codeOf(outcome)).toEqual(answer);
      expect({ ann: await viewOf(ann), bob: await viewOf(bob) }).toEqual({ ann: annSees, bob: bobSees });
    },
  );
});

test("what looks pending writes nothing on the other's stream", async () => {
  await using world = await createWorld();
  const { ann, bob, cid, dan } = await world.people("ann", "bob", "cid", "dan");
  await act(bob, ann, "blocks");
  await act(ann, bob, "asks");
  await act(ann, cid, "asks");
  await act(cid, ann, "declines");
  await act(ann, cid, "asks");
  await act(ann, dan, "asks");
  await act(ann, dan, "asks");
  expect((await entriesOf(world, userStream(bob.id))).map(({ kind }) => kind)).toEqual(["block"]);
  expect((await entriesOf(world, userStream(cid.id))).map(({ data }) => data["state"])).toEqual([
    "open",
    "declined", // by cid, for cid's other devices
  ]);
  expect(await entriesOf(world, userStream(dan.id))).toEqual([
    { seq: 1, kind: "friend_request", data: { from: ann.id, state: "open" } },
  ]);
  // To the asker's own devices all three are told alike.
  expect((await entriesOf(world, userStream(ann.id))).map(({ data }) => data)).toEqual(
    [bob, cid, dan].map(({ id }) => ({ from: ann.id, to: id, state: "open" })),
  );
});

test("the answers to a request of somebody who blocks and of somebody who does not are the same", async () => {
  await using world = await createWorld();
  const { ann, bob, cid } = await world.people("ann", "bob", "cid");
  await act(bob, ann, "blocks");
  const [toBlocker, toOther] = [await act(ann, bob, "asks"), await act(ann, cid, "asks")];
  expect(toBlocker.body).toEqual(toOther.body);
  const { outgoing } = (await ann.call("GET", `/user/${ann.id}/friend_requests`)).response;
  expect(outgoing.map((row: object) => Object.keys(row))).toEqual([
    ["id", "username", "created_ms"],
    ["id", "username", "created_ms"],
  ]);
});
