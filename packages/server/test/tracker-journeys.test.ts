import { describe, expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import { movedClock } from "./support/clock.ts";
import { createMeeting, expectOk, share } from "./support/meeting.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import { badNetwork, type Fault } from "./support/trackers/bad-network.ts";
import { type apps, type CorpusFile, type Fix, loadApp, loadJourney } from "./support/trackers/corpus.ts";
import { TrackerPhone } from "./support/trackers/phone.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** The apps, and under which words the corpus has the form that a phone of each sends. */
const phones: [(typeof apps)[number], string, string][] = [
  ["owntracks-android", "2.6.0", "kotlinx, what is zero left out"],
  ["owntracks-ios", "26.3", "extended data"],
  ["traccar-client", "7.9 Android", "network fix with accuracy, charging"],
  ["traccar-client", "9.0", "JSON"],
  ["traccar-client", "10.1", "form with charge and the health of the battery"],
  ["osmand", "4.7", "the template that people are told: accuracy in metres as hdop, m/s, milliseconds"],
  ["overland", "1.4", "only the latest, one at a time"],
  ["gpslogger", "136", "GET with %ALL"],
];

/** Those that send a whole queue at once. */
const batches: typeof phones = [
  ["traccar-client", "10.1", "a list of flat objects"],
  ["overland", "1.4", "a batch"],
  ["overland", "1.4", "a long queue: the newest fix beside the batch"],
  ["overland", "1.4", "what the app did, in between"],
];

async function recordingOf(app: (typeof apps)[number], version: string, what: string) {
  const file = await loadApp(app);
  const recording = file.recordings.find((one) => one.version === version && one.what === what);
  if (!recording) throw new Error(`the corpus has no ${app} ${version}: ${what}`);
  return { protocol: file.protocol, recording };
}

interface Journey extends AsyncDisposable {
  readonly world: World;
  readonly ana: Person;
  readonly bob: Person;
  readonly event: EventId;
  readonly token: string;
  readonly fixes: readonly Fix[];
  /** The moment at which the phone has made this fix. */
  reach(index: number): Fix;
}

/** Ana is on her way and shares it; Bob may see her. */
async function underWay(): Promise<Journey> {
  const fixes = await loadJourney();
  const clock = movedClock((fixes[0]?.at ?? 0) * 1000 - 60_000);
  const world = await createWorld({ clock });
  const { ana, bob } = await world.people("ana", "bob");
  const meeting = await createMeeting(world, bob, { accepted: [ana] });
  await share(ana, meeting);
  const made = await ana.call("POST", `/user/${ana.id}/devices`, { name: "Phone" });
  expect(made.status).toBe(201);
  return {
    world,
    ana,
    bob,
    event: meeting.id,
    token: made.response.token,
    fixes,
    reach(index) {
      const fix = fixes[index];
      if (!fix) throw new Error(`the journey has no fix ${index}`);
      clock.advance(fix.at * 1000 + 1_500 - clock.now());
      return fix;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function watching({ world, bob, event }: Journey): Promise<TestSocket> {
  const socket = await connect(world.url, bob);
  socket.send({ type: "watch", event, ref: "w" });
  await socket.flushed();
  return socket;
}

/** Waits until the watcher has seen this fix. */
function sees(watcher: TestSocket, fix: Fix): Promise<unknown> {
  return watcher.next("position", (frame) => "at_ms" in frame && frame.at_ms === fix.at * 1000);
}

function seen(watcher: TestSocket): unknown[] {
  return watcher.of("position").map(({ latitude, longitude, at_ms }) => ({
    latitude: Number(latitude),
    longitude: Number(longitude),
    at_ms,
  }));
}

const placeOf = ({ latitude, longitude, at }: Fix) => ({ latitude, longitude, at_ms: at * 1000 });

/** The way that the friend is shown. */
async function wayOf({ ana, bob, event }: Journey): Promise<object[]> {
  const { response } = await expectOk(bob.call("GET", `/event/${event}/trail/${ana.id}`));
  const points: { latitude: string; longitude: string; at_ms: number }[] = response;
  return points.map(({ latitude, longitude, at_ms }) => ({
    latitude: Number(latitude),
    longitude: Number(longitude),
    at_ms,
  }));
}

/** What the newest fix is, as far as this form tells it. */
async function expectNewest({ ana }: Journey, fix: Fix, carries: CorpusFile["recordings"][0]["carries"]) {
  const { response } = await expectOk(ana.call("GET", `/user/${ana.id}/location`));
  const { latitude, longitude, at_ms, ...rest } = response;
  expect({ latitude: Number(latitude), longitude: Number(longitude), at_ms }).toEqual(placeOf(fix));
  for (const name of ["accuracy", "altitude", "speed", "heading", "battery"] as const) {
    if (carries.includes(name)) expect(rest[name]).toBeCloseTo(fix[name], 1);
    else expect(rest[name]).toBeNull();
  }
}

describe("a friend sees where somebody is who reports it with", () => {
  for (const [app, version, what] of phones) {
    test(`${app} ${version}, in order, over a network that fails`, async () => {
      await using journey = await underWay();
      await using watcher = await watching(journey);
      await using network = await badNetwork(() => journey.world.url);
      const { protocol, recording } = await recordingOf(app, version, what);
      const phone = new TrackerPhone(protocol, journey.token, network.url);
      const faults: Fault[] = ["cut", "unavailable", "lost"];
      for (const [index, request] of recording.requests.entries()) {
        const fix = journey.reach(index);
        const fault = faults[index];
        if (fault) network.faults.push(fault);
        phone.queue.push(request);
        expect(await phone.flush()).toBe(false);
        expect(await phone.flush()).toBe(true);
        await sees(watcher, fix);
      }
      expect(network.happened).toEqual(faults);
      expect(seen(watcher)).toEqual(journey.fixes.map(placeOf));
      expect(await wayOf(journey)).toEqual(journey.fixes.map(placeOf));
      await expectNewest(journey, journey.reach(2), recording.carries);
    });
  }

  for (const [app, version, what] of [...phones, ...batches]) {
    test(`${app} ${version} (${what}), after its queue has waited for a store that took nothing`, async () => {
      await using journey = await underWay();
      const { world } = journey;
      const { protocol, recording } = await recordingOf(app, version, what);
      await using network = await badNetwork(() => world.url);
      const phone = new TrackerPhone(protocol, journey.token, network.url);
      const last = journey.reach(2);
      await world.server.ctx.db.close();
      phone.queue.push(...recording.requests);
      expect(await phone.flush()).toBe(false);
      expect(phone.queue).toEqual(recording.requests);
      await world.restart();
      await using watcher = await watching(journey);
      expect(await phone.flush()).toBe(true);
      await watcher.flushed();
      world.clock.advance(2_000);
      await sees(watcher, last);
      const times = watcher.of("position").map((frame) => ("at_ms" in frame ? (frame.at_ms ?? 0) : 0));
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
      expect(await wayOf(journey)).toEqual(journey.fixes.map(placeOf));
      await expectNewest(journey, last, recording.carries);
    });
  }
});
