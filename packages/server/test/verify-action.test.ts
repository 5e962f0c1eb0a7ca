import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { contract, type Endpoint, frameAccess } from "@jarvis/contract";
import type { State } from "@jarvis/sdk";
import * as fc from "fast-check";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { accountRows, origin } from "./support/verify/account-rows.ts";
import { calendarRows } from "./support/verify/calendar-rows.ts";
import { chatRows } from "./support/verify/chat-rows.ts";
import { deviceRows } from "./support/verify/device-rows.ts";
import { eventRows } from "./support/verify/event-rows.ts";
import { friendRows } from "./support/verify/friend-rows.ts";
import { applied, fetchAll, observe, type Observer, projected, settled } from "./support/verify/observer.ts";
import { pollRows, pollRowsOfEvents } from "./support/verify/poll-rows.ts";
import type { Act, Rows } from "./support/verify/row.ts";
import { shareRows } from "./support/verify/share-rows.ts";
import { createScene, type Scene } from "./support/verify/scene.ts";
import type { Person } from "./support/world.ts";

const ownRows: Rows = {
  ...accountRows,
  ...friendRows,
  ...eventRows,
  ...chatRows,
  ...pollRows,
  ...calendarRows,
  ...deviceRows,
  ...shareRows,
};
const rows: Rows = Object.fromEntries(
  Object.entries(ownRows).map(([name, acts]) => [name, [...acts, ...(pollRowsOfEvents[name] ?? [])]]),
);
/** Frames that change nothing that is stored. */
const passing = new Set(["hello", "resume", "typing", "watch", "unwatch", "ping"]);

function mutations(): string[] {
  const calls = Object.entries(contract).flatMap(([feature, endpoints]) =>
    Object.entries<Endpoint>(endpoints)
      .filter(([, { method }]) => method !== "GET")
      .map(([name]) => `${feature}.${name}`),
  );
  const frames = Object.keys(frameAccess).filter((type) => !passing.has(type));
  return [...calls, ...frames.map((type) => `frame.${type}`)];
}

test("case 14: every call of the contract that changes something, and every such frame, has its row", () => {
  expect(Object.keys(rows).toSorted()).toEqual(mutations().toSorted());
  for (const acts of Object.values(rows)) expect(acts).not.toBeEmpty();
});

let world: SignInWorld;
beforeAll(async () => {
  world = await createSignInWorld({ env: { JARVIS_PUBLIC_URL: origin } });
});
afterAll(() => world[Symbol.asyncDispose]());

describe.each(Object.entries(rows))("case 14: %s", (_, acts) => {
  test.each(acts.map((act) => [act.what, act] as const))(
    "%s: applying the entries gives what a fresh fetch gives",
    async (_what, act) => {
      const scene = await createScene(world);
      await act.prepare?.(scene);
      world.clock.advance(1_000);
      await verify(scene, act);
    },
  );
});

const repeatable = Object.values(rows).flatMap((acts) => acts.filter(({ ends = [] }) => ends.length === 0));

test("case 14: whatever people do one after another, entries lead to what a fresh fetch gives", async () => {
  const history = fc.array(fc.nat(repeatable.length - 1), { minLength: 2, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(history, async (acts) => {
      const scene = await createScene(world);
      await verified(scene.people, { refetched: true }, async () => {
        for (const index of acts) {
          const act = repeatable[index];
          await act?.prepare?.(scene);
          world.clock.advance(1_000);
          await act?.act(scene); // what came before may have made it impossible: then it is refused
        }
      });
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Everybody looks, one acts: what each has by entries is what each would fetch now. */
function verify(scene: Scene, row: Act): Promise<void> {
  const { ends = [], markers = [] } = row;
  const ended = new Set<unknown>(ends.map((name) => scene[name]));
  const watching = scene.people.filter((person) => !ended.has(person));
  return verified(watching, row, async (observers) => {
    const answer = await row.act(scene);
    if (answer) expect({ ok: answer.status < 300, body: answer.body }).toMatchObject({ ok: true });
    for (const { person, socket, had } of observers) {
      if (markers.some((name) => scene[name] === person))
        await socket.next("read", (frame) => socket.frames.indexOf(frame) >= had);
    }
  });
}

async function verified(
  watching: readonly Person[],
  { refetched, markers = [] }: Pick<Act, "refetched" | "markers">,
  act: (observers: readonly Observer[]) => Promise<void>,
): Promise<void> {
  const observers = await Promise.all(watching.map((person) => observe(world, person)));
  try {
    await act(observers);
    for (const observer of observers) {
      await settled(world, observer.socket);
      const { username } = observer.person;
      const seen = (state: State) => ({
        by: username,
        ...projected(state, world.clock.now(), markers.length > 0),
      });
      const fresh = await fetchAll(world, observer.person);
      expect(seen(await applied(world, observer, refetched))).toEqual(seen(fresh));
    }
  } finally {
    for (const { socket } of observers) await socket[Symbol.asyncDispose]();
  }
}
