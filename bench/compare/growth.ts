import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { joinChats, startJarvis } from "../peers/jarvis.ts";
import type { Room } from "../peers/peer.ts";
import type { Subject } from "../process.ts";
import { measure, type Round } from "../rounds.ts";
import { seedChats, type Wanted } from "../seed.ts";
import { countFor, warmRounds, window } from "./deliveries.ts";
import { inFlight, oneAtATime } from "./scenarios.ts";

/** One quantity, and what an operation costs at each of its values. */
export interface Growth {
  readonly name: string;
  readonly steps: { value: number; rounds: Round[] }[];
}

interface Step extends AsyncDisposable {
  readonly value: number;
  readonly rounds: Round[];
  run(): Promise<Round>;
}

export interface GrowthExtent {
  readonly rounds: number;
  readonly listeners: readonly number[];
  readonly messages: readonly number[];
  readonly chats: readonly number[];
  /** About how long a step's part of a round takes. */
  readonly roundMs: number;
}

export async function measureGrowth(directory: string, extent: GrowthExtent): Promise<Growth[]> {
  const { roundMs } = extent;
  return [
    await alternate("per delivery, by listeners", extent.rounds, () =>
      inTurn(extent.listeners, (count) => listenersStep(directory, count, roundMs)),
    ),
    await alternate("per send, by messages in the chat", extent.rounds, () =>
      inTurn(extent.messages, (count) => messagesStep(directory, count, roundMs)),
    ),
    await alternate("per send, by chats", extent.rounds, () =>
      inTurn(extent.chats, (count) => chatsStep(directory, count, roundMs)),
    ),
  ];
}

async function alternate(name: string, rounds: number, make: () => Promise<Step[]>): Promise<Growth> {
  const steps = await make();
  for (let round = 0; round < rounds; round++) {
    for (const step of steps) step.rounds.push(await step.run());
    console.error(`growth ${name}: round ${round + 1} of ${rounds}`);
  }
  for (const step of steps) await step[Symbol.asyncDispose]();
  return { name, steps: steps.map(({ value, rounds: all }) => ({ value, rounds: all })) };
}

async function inTurn(values: readonly number[], make: (value: number) => Promise<Step>): Promise<Step[]> {
  const steps: Step[] = [];
  for (const value of values) steps.push(await make(value));
  return steps;
}

async function listenersStep(directory: string, listeners: number, roundMs: number): Promise<Step> {
  const { subject, chats } = await startSeeded(directory, { people: listeners, chats: 1, messages: 0 });
  const room = await joinChats(subject, chats.people, chats.ids);
  const run = (messages: number) => oneAtATime(room, listeners, messages);
  return stepOf({ value: listeners, perRun: listeners, subject, rooms: [room], run, roundMs });
}

async function messagesStep(directory: string, messages: number, roundMs: number): Promise<Step> {
  const { subject, chats } = await startSeeded(directory, { people: 1, chats: 1, messages });
  const room = await joinChats(subject, chats.people, chats.ids);
  const run = (sends: number) => inFlight(room, sends, window);
  return stepOf({ value: messages, perRun: 1, subject, rooms: [room], run, roundMs });
}

const authors = 10;

/** Ten people, each with a tenth of the chats, write to them in turn. */
async function chatsStep(directory: string, count: number, roundMs: number): Promise<Step> {
  const wanted = { people: authors, chats: count, messages: 10, members: "one" } as const;
  const { subject, chats } = await startSeeded(directory, wanted);
  const rooms: Room[] = [];
  for (const [index, person] of chats.people.entries()) {
    const own = chats.ids.filter((_, chat) => chat % authors === index);
    rooms.push(await joinChats(subject, [person], own));
  }
  const share = Math.ceil(window / authors);
  const run = async (each: number) => {
    await Promise.all(rooms.map((room) => inFlight(room, each, share)));
  };
  return stepOf({ value: count, perRun: authors, subject, rooms, run, roundMs });
}

async function startSeeded(directory: string, wanted: Wanted) {
  const url = `sqlite:${join(await mkdtemp(join(directory, "growth-")), "jarvis.db")}`;
  const chats = await seedChats(url, wanted);
  return { chats, subject: await startJarvis(url) };
}

interface Work {
  readonly value: number;
  /** Operations of the figure in each of those that `run` is asked for. */
  readonly perRun: number;
  readonly subject: Subject;
  readonly rooms: readonly Room[];
  readonly roundMs: number;
  readonly run: (count: number) => Promise<void>;
}

async function stepOf({ value, perRun, subject, rooms, run, roundMs }: Work): Promise<Step> {
  const count = await countFor(roundMs, run);
  // A server that still compiles costs twice as much: that is no growth.
  for (let round = 0; round < warmRounds; round++) await run(count);
  return {
    value,
    rounds: [],
    run: () => measure(subject, count * perRun, () => run(count)),
    async [Symbol.asyncDispose]() {
      for (const room of rooms) room.close();
      await subject[Symbol.asyncDispose]();
    },
  };
}
