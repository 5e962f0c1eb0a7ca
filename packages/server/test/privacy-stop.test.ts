import { describe, expect, test } from "bun:test";
import { systemClock } from "../src/lib/clock.ts";
import { movedClock } from "./support/clock.ts";
import { bearer, TestStream } from "./support/event-stream.ts";
import { createMeeting, expectOk } from "./support/meeting.ts";
import { Atlas } from "./support/privacy/atlas.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** Bob shows Ada where he is in an event and beside it, and both have a phone. */
interface Scene {
  world: World;
  ada: Person;
  bob: Person;
  meeting: string;
  atlas: Atlas;
  adasPhone: string;
  bobsPhone: string;
}

const shownMs = 1_000;
const watchedMs = 1_300;
const patienceMs = 10_000;

async function scene(world: World): Promise<Scene> {
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const { id: meeting } = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("PUT", `/event/${meeting}/sharing`, { state: "on" }));
  const until = Date.now() / 1_000 + 60 * 60;
  await expectOk(bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until }));
  const phoneOf = async (person: Person): Promise<string> => {
    const made = await person.call("POST", `/user/${person.id}/devices`, { name: "phone", friends: true });
    return made.response.token;
  };
  const phones = { adasPhone: await phoneOf(ada), bobsPhone: await phoneOf(bob) };
  return { world, ada, bob, meeting, atlas: new Atlas(1), ...phones };
}

/** Ways to end it all; each is one or two calls. */
const endings: Record<string, (scene: Scene) => Promise<unknown>> = {
  "turning it off": async ({ bob, ada, meeting }) => {
    await bob.call("DELETE", `/user/${bob.id}/shares/${ada.id}`);
    await bob.call("PUT", `/event/${meeting}/sharing`, { state: "off" });
  },
  "pausing it": async ({ bob, ada, meeting }) => {
    await bob.call("DELETE", `/user/${bob.id}/shares/${ada.id}`);
    await bob.call("PUT", `/event/${meeting}/sharing`, { state: "paused" });
  },
  "leaving and unfriending": async ({ bob, ada, meeting }) => {
    await bob.call("DELETE", `/user/${bob.id}/friends/${ada.id}`);
    await bob.call("DELETE", `/event/${meeting}/people/${bob.id}`);
  },
  "cancelling the event and unfriending": async ({ bob, ada, meeting }) => {
    await ada.call("DELETE", `/user/${ada.id}/friends/${bob.id}`);
    await ada.call("DELETE", `/event/${meeting}`);
  },
  "a block by the sharer": ({ bob, ada }) => bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`),
  "a block by the viewer": ({ bob, ada }) => ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`),
  "the sharer's erasure": ({ bob }) => bob.call("DELETE", `/user/${bob.id}`),
  "signing the viewer out everywhere": ({ ada }) => ada.call("PUT", `/user/${ada.id}/logout?everywhere=true`),
};

/** Fixes of Bob's, one after the other, by turns over HTTP and by his phone; refused they may be, wrong they may not. */
async function moveOn({ world, bob, atlas, bobsPhone }: Scene, round: number): Promise<void> {
  const { latitude, longitude } = atlas.mint();
  const at = Date.now() / 1_000;
  if (round % 2 === 0) {
    await bob.call("POST", `/user/${bob.id}/location`, { latitude, longitude, at });
    return;
  }
  const headers = { authorization: `Basic ${btoa(`b:${bobsPhone}`)}` };
  const fix = { _type: "location", lat: latitude, lon: longitude, tst: Math.ceil(at), acc: 5 };
  await world.call("POST", "/ingest/owntracks", fix, headers);
}

/** Ada looks everywhere once: what is there, by path. */
async function lookAround({ world, ada, bob, meeting, adasPhone }: Scene): Promise<Map<string, string>> {
  const event = `/event/${meeting}`;
  const paths = [`${event}/locations`, `${event}/location/${bob.id}`, `${event}/trail/${bob.id}`];
  const seen = new Map<string, string>();
  for (const path of [...paths, `/user/${bob.id}/location`]) {
    const { bytes } = await ada.call("GET", path);
    seen.set(path.replace(bob.id, "bob").replace(meeting, "it"), new TextDecoder().decode(bytes));
  }
  const headers = { authorization: `Basic ${btoa(`a:${adasPhone}`)}` };
  const { bytes } = await world.call("POST", "/ingest/owntracks", { _type: "status" }, headers);
  return seen.set("OwnTracks", new TextDecoder().decode(bytes));
}

const paths = [
  "/event/it/locations",
  "/event/it/location/bob",
  "/event/it/trail/bob",
  "/user/bob/location",
  "OwnTracks",
  "position frames",
  "friend_position frames",
  "server-sent events",
];

describe("case 57: within a second of real time nobody sees on any path who stopped by", () => {
  // All at once: most of each is a watched second of real time.
  test.concurrent.each(Object.keys(endings))(
    "%s",
    async (name) => {
      await using world = await createWorld({
        clock: movedClock(Date.now()),
        overrides: { clock: systemClock },
      });
      const made = await scene(world);
      const { ada, bob, meeting, atlas } = made;
      await using socket = await connect(world.url, ada);
      await using stream = await TestStream.open(world, bearer(ada), { watch: meeting });
      await stream.next("welcome");
      socket.send({ type: "watch", event: meeting });
      socket.send({ type: "watch", user: bob.id });
      await socket.flushed();
      const last = new Map<string, number>();
      let round = 0;
      let [frames, events] = [0, 0];
      const once = async (): Promise<void> => {
        await moveOn(made, round++);
        for (const [path, text] of await lookAround(made))
          if (atlas.in(text).length > 0) last.set(path, performance.now());
        for (const frame of socket.frames.slice(frames))
          if (atlas.in(JSON.stringify(frame)).length > 0) last.set(`${frame.type} frames`, performance.now());
        for (const frame of stream.frames.slice(events))
          if (atlas.in(JSON.stringify(frame)).length > 0) last.set("server-sent events", performance.now());
        [frames, events] = [socket.frames.length, stream.frames.length];
      };
      const patient = performance.now() + patienceMs;
      while (last.size < paths.length && performance.now() < patient) await once();
      expect([...last.keys()].toSorted()).toEqual(paths.toSorted());
      await endings[name]?.(made);
      const stopped = performance.now();
      while (performance.now() - stopped < watchedMs) await once();
      const lasted = [...last].map(([path, at]) => [path, Math.round(at - stopped)] as const);
      expect(lasted.filter(([, ms]) => ms > shownMs)).toEqual([]);
    },
    60_000,
  );
});
