import { expect, test } from "bun:test";
import { createClient, type UploaderOptions } from "@jarvis/sdk";
import { newEvent } from "./support/events.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** Ada and Bob on their way; Bob's phone uploads through the SDK by the world's clock, and Ada looks. */
async function onTheWay(env: Record<string, string> = {}) {
  const world = await createWorld({ env });
  const { ada, bob } = await world.people("ada", "bob");
  const { id } = await newEvent(world, ada, { people: [bob.id], place: { latitude: 49, longitude: 1 } });
  await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
  const share = (state: string) => bob.call("PUT", `/event/${id}/sharing`, { state, precision: "exact" });
  await share("on");
  return { world, ada, bob, id, share, seen: () => seenBy(ada, id) };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How far north of the 49th parallel others are seen, in steps of 0.001°. */
async function seenBy(viewer: Person, event: string): Promise<number[]> {
  const { response } = await viewer.call("GET", `/event/${event}/locations`);
  return response
    .filter(({ latitude }: { latitude?: string }) => latitude !== undefined)
    .map(({ latitude }: { latitude: string }) => Math.round((Number(latitude) - 49) * 1_000));
}

function uploaderOf(world: World, { id: user, token }: Person, options: UploaderOptions = {}) {
  const answers: number[] = [];
  const sent: number[] = [];
  const client = createClient({
    baseUrl: world.url,
    token,
    clock: world.clock,
    async fetch(url, init) {
      sent.push(JSON.parse(typeof init.body === "string" ? init.body : "{}").latitude);
      const response = await fetch(url, init);
      answers.push(response.status);
      return response;
    },
  });
  const uploader = client.locationUploader({ user, ...options });
  const push = (step: number) =>
    uploader.push({ latitude: 49 + step / 1_000, longitude: 1, at: world.clock.now() / 1_000 });
  const answered = async (count: number) => {
    while (answers.length < count) await turn();
  };
  return { uploader, push, answers, answered, sent };
}

test("what an uploader sends is seen, and nothing that was made in a pause ever is", async () => {
  const { world, bob, share, seen } = await onTheWay();
  await using _ = world;
  const { uploader, push, answered } = uploaderOf(world, bob);
  push(1);
  await answered(1);
  expect(await seen()).toEqual([1]);
  uploader.pause();
  await share("paused");
  for (let second = 0; second < 5; second++) {
    expect(push(10 + second)).toBe(false);
    world.clock.advance(1_000);
  }
  await share("on");
  uploader.resume();
  expect(await seen()).toEqual([]);
  const own = await bob.call("GET", `/user/${bob.id}/location`);
  expect(Number(own.response.latitude)).toBeCloseTo(49.001, 6);
  push(2);
  await answered(2);
  expect(await seen()).toEqual([2]);
});

test("sharing that is off stops the uploads for that event by themselves", async () => {
  const { world, bob, id, share, seen } = await onTheWay();
  await using _ = world;
  const { uploader, push, answers, answered } = uploaderOf(world, bob, { event: id });
  push(1);
  await answered(1);
  await share("off");
  world.clock.advance(1_000);
  push(2);
  await answered(2);
  while (uploader.state.is === "on") await turn();
  expect(uploader.state).toEqual({ is: "paused", code: "sharing_off" });
  world.clock.advance(60_000);
  expect(push(3)).toBe(false);
  expect(answers).toEqual([200, 409]);
  expect(await seen()).toEqual([]);
});

test("two phones of one person at once: when the server asks to wait, the newest waits as long as it says", async () => {
  const { world, bob } = await onTheWay({ JARVIS_RATE_LIMITS: "on" });
  await using _ = world;
  const older = { latitude: 48, longitude: 1, at: world.clock.now() / 1_000 - 60 };
  const upload = () => bob.call("POST", `/user/${bob.id}/location`, older);
  let refused = await upload();
  while (refused.status === 200) refused = await upload();
  expect(refused.status).toBe(429);
  const { push, answers, answered, sent } = uploaderOf(world, bob);
  push(1);
  await answered(1);
  const waitS = Number(refused.headers.get("retry-after"));
  expect(waitS).toBeGreaterThan(2);
  const asked = world.clock.monotonic();
  for (let step = 2; answers.length === 1; step = 3) {
    await turn();
    world.clock.advance(100);
    push(step);
  }
  expect(world.clock.monotonic() - asked).toBeGreaterThan((waitS - 2) * 1_000); // it may be a second less by now
  expect([sent[0], sent[1]]).toEqual([49.001, 49.003]);
});

test("with the window's end nothing leaves any more", async () => {
  const { world, bob, id } = await onTheWay();
  await using _ = world;
  const { response } = await bob.call("GET", `/event/${id}/sharing`);
  const { uploader, push, answers, answered } = uploaderOf(world, bob, { untilMs: response.until_ms });
  push(1);
  await answered(1);
  world.clock.advance(response.until_ms - world.clock.now());
  expect(uploader.state).toEqual({ is: "ended" });
  expect(push(2)).toBe(false);
  expect(answers).toEqual([200]);
});
