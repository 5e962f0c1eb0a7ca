import { expect } from "bun:test";
import { event, type StreamId, userStream } from "@jarvis/contract";
import type { z } from "zod";
import { entriesAfter } from "../../src/streams/service.ts";
import type { Answer, Person, World } from "./world.ts";

export const day = 24 * 60 * 60_000;

/** Creates an event that starts in an hour of the test's clock, unless told otherwise. */
export async function newEvent(
  world: World,
  owner: Person,
  input: Record<string, unknown> = {},
): Promise<z.output<typeof event>> {
  const start_time = Math.floor(world.clock.now() / 1000) + 3_600;
  const answer = await owner.call("POST", "/event", {
    name: "Picnic",
    start_time,
    duration: 7_200,
    ...input,
  });
  return event.parse(expectOk(answer, 201));
}

/** The answer's value, where it succeeded. */
export function expectOk(answer: Answer, status = 200): Answer["response"] {
  expect({ status: answer.status, problem: answer.body["code"] }).toEqual({ status, problem: undefined });
  return answer.response;
}

export function codeOf(answer: Answer): unknown {
  return answer.body["code"] ?? answer.status;
}

/** What a stream has recorded, as `kind` and stored references. */
export async function entriesOf(world: World, stream: StreamId) {
  const rows = await entriesAfter(world.server.ctx.db.read, stream, 0, 10_000);
  return rows.map(({ seq, kind, data }) => ({
    seq,
    kind,
    data: JSON.parse(data) as Record<string, unknown>,
  }));
}

/** Kinds on somebody's own stream, in order. */
export async function userKinds(world: World, person: Person): Promise<string[]> {
  return (await entriesOf(world, userStream(person.id))).map(({ kind }) => kind);
}

/** Lets days pass while people stay signed in: a session ends after 30 days without use. */
export async function passDays(world: World, days: number, ...people: Person[]): Promise<void> {
  for (let left = days; left > 0; left -= 20) {
    world.clock.advance(Math.min(left, 20) * day);
    for (const person of people) await person.call("GET", `/user/${person.id}/friend_requests`);
  }
}

/** Where a list goes on, if it does. */
export function nextCursor(answer: Answer): string | undefined {
  const cursor = answer.body["next_cursor"];
  return typeof cursor === "string" ? cursor : undefined;
}

/** All rows of a list, read in pages of two. */
export async function readAll(person: Person, path: string): Promise<Answer["response"][]> {
  const rows: Answer["response"][] = [];
  let cursor: string | undefined;
  do {
    const answer = await person.call(
      "GET",
      `${path}?limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`,
    );
    rows.push(...expectOk(answer));
    cursor = nextCursor(answer);
  } while (cursor !== undefined);
  return rows;
}
