import { describe, expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import { freeTid, regionOf } from "../src/devices/rules.ts";
import { sha256 } from "../src/lib/ids.ts";
import { ownTracks, ownTracksFix, sendAs, setUpPhone, type Phone } from "./support/devices.ts";
import { expectOk } from "./support/events.ts";
import {
  createMeeting,
  hour,
  type Meeting,
  minute,
  move,
  northOfPlaza,
  plaza,
  share,
} from "./support/meeting.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

interface Lunch {
  readonly world: World;
  readonly ada: Person;
  readonly bob: Person;
  readonly cem: Person;
  readonly meeting: Meeting;
  readonly phone: Phone;
}

/** Ada, Bob and Cem meet in half an hour; Ada's phone receives. Bob and Cem may be seen, and are somewhere. */
async function lunch(world: World): Promise<Lunch> {
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cem] });
  const phone = await setUpPhone(ada, { friends: true });
  world.clock.advance(1_000);
  for (const person of [bob, cem]) {
    await share(person, meeting);
    await move(person, northOfPlaza);
  }
  return { world, ada, bob, cem, meeting, phone };
}

function ofType(elements: readonly Json[], type: string): Json[] {
  return elements.filter(({ _type }) => _type === type);
}

/** The names of those whose positions are in an answer. */
function seen(elements: readonly Json[]): string[] {
  const names = new Map(ofType(elements, "card").map(({ tid, name }) => [tid, name]));
  return ofType(elements, "location").map(({ tid }) => names.get(tid) ?? "nobody");
}

async function look({ world, phone }: Pick<Lunch, "world" | "phone">): Promise<string[]> {
  return seen((await ownTracks(world, phone, plaza)).elements).toSorted();
}

async function viewersOf(person: Person, { id }: Meeting): Promise<Json[]> {
  return expectOk(await person.call("GET", `/event/${id}/sharing`)).viewers;
}

describe("what OwnTracks is answered", () => {
  test("is who may be seen now, everybody's card and the next venue, to the byte", async () => {
    await using world = await createWorld();
    const { meeting, phone } = await lunch(world);
    const tst = world.clock.now() / 1_000;
    const { text, headers } = await ownTracks(world, phone, plaza);
    const place = `"lat":49.27,"lon":-123.24,"tst":${tst}`;
    const { tst: region } = regionOf("", sha256(meeting.id));
    const waypoint = `{"_type":"waypoint","desc":"Jarvis: Lunch","lat":49.26,"lon":-123.24,"rad":120,"tst":${region}}`;
    const elements = [
      `{"_type":"location",${place},"tid":"BO","topic":"owntracks/http/BO"}`,
      '{"_type":"card","name":"bob","tid":"BO","topic":"owntracks/http/BO"}',
      `{"_type":"location",${place},"tid":"CE","topic":"owntracks/http/CE"}`,
      '{"_type":"card","name":"cem","tid":"CE","topic":"owntracks/http/CE"}',
      '{"_type":"card","name":"ada","tid":"AD","topic":"owntracks/http/AD"}',
      `{"_type":"cmd","action":"setWaypoints","waypoints":{"_type":"waypoints","waypoints":[${waypoint}]}}`,
    ];
    expect(text).toBe(`[${elements.join(",")}]`);
    expect(headers.get("content-type")).toBe("application/json");
    expect((await ownTracks(world, phone, plaza)).text).toBe(`[${elements.slice(0, -1).join(",")}]`);
  });

  test("has a friend's battery, speed and course where their row has them, and of `coarse` none", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, meeting, phone } = await lunch(world);
    const moving = { ...northOfPlaza, speed: 10, heading: 271.6, battery: 40.4 };
    for (const person of [bob, cem]) {
      world.clock.advance(1_000);
      await move(person, moving);
    }
    await share(cem, meeting, "on", "coarse");
    const told = async () => {
      const { elements } = await ownTracks(world, phone, plaza);
      const rows = ofType(elements, "location");
      return Object.fromEntries(rows.map(({ tid, vel, cog, batt }) => [tid, { vel, cog, batt }]));
    };
    const none = { vel: undefined, cog: undefined, batt: undefined };
    expect(await told()).toEqual({ BO: { ...none, batt: 40 }, CE: none });
    await share(bob, meeting, "off");
    await world.befriend(ada, bob);
    const until = world.clock.now() / 1_000 + 3_600;
    const show = (precision: string) =>
      bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until, precision });
    expectOk(await show("exact"));
    world.clock.advance(1_000);
    await move(bob, moving);
    expect(await told()).toEqual({ BO: { vel: 36, cog: 272, batt: 40 }, CE: none });
    expectOk(await show("coarse"));
    expect(await told()).toEqual({ BO: none, CE: none });
  });

  test("has nothing that Android's parser refuses, whoever is seen, and however they are called", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const names = [
      "Anna Berg",
      "anna berg",
      "ANNA BOHR",
      "Al",
      "ab",
      "Ünal Bär",
      "佐藤",
      "A",
      "😀",
      "ab ",
      "O'Neil",
    ];
    const others = await Promise.all(names.map((name) => world.person(name)));
    const meeting = await createMeeting(world, ada, { accepted: others });
    const phone = await setUpPhone(ada, { friends: true });
    world.clock.advance(1_000);
    await Promise.all(others.map((person) => share(person, meeting)));
    await Promise.all(others.map((person) => move(person, northOfPlaza)));
    const answers = await Promise.all(Array.from({ length: 6 }, () => ownTracks(world, phone, plaza)));
    for (const { elements } of answers) {
      expect(seen(elements).toSorted()).toEqual(names.toSorted());
      for (const element of elements) requireKnown(element);
      const tids = ofType(elements, "card").map(({ tid }) => tid);
      expect(new Set(tids).size).toBe(names.length + 1);
    }
    expect(
      ofType(
        answers.flatMap(({ elements }) => elements),
        "cmd",
      ),
    ).toHaveLength(1);
    const cards = (elements: Json[]) =>
      JSON.stringify(ofType(elements, "card").toSorted((a, b) => (a.tid < b.tid ? -1 : 1)));
    expect(new Set(answers.map(({ elements }) => cards(elements))).size).toBe(1);
    await world.restart();
    expect(cards((await ownTracks(world, phone, plaza)).elements)).toBe(cards(answers[0]?.elements ?? []));
  });

  test("is [] without `friends`, with the token in the path, and for every other app", async () => {
    await using world = await createWorld();
    const scene = await lunch(world);
    const plain = await setUpPhone(scene.ada);
    expect((await ownTracks(world, plain, plaza)).text).toBe("[]");
    expect((await ownTracks(world, scene.phone, plaza, "path")).text).toBe("[]");
    const query = `lat=1&lon=2&timestamp=${world.clock.now() / 1_000}`;
    for (const [protocol, done] of [
      ["osmand", ""],
      ["gpslogger", "OK"],
    ] as const)
      expect((await sendAs(world, scene.phone.token, protocol, { query })).text).toBe(done);
    expect(await viewersOf(scene.bob, scene.meeting)).toEqual([]);
    expect(await look(scene)).toEqual(["bob", "cem"]);
    expect((await ownTracks(world, scene.phone, plaza, "bearer")).elements.length).toBeGreaterThan(3);
  });

  test("comes also to what is no fix, and to one that is dropped", async () => {
    await using world = await createWorld();
    const { phone } = await lunch(world);
    for (const body of [
      "",
      "{",
      '{"_type":"lwt"}',
      ownTracksFix({ latitude: 99, longitude: 1 }, world.clock.now()),
    ]) {
      const { status, text } = await sendAs(world, phone.token, "owntracks", { body });
      expect([status, seen(JSON.parse(text) as Json[]).toSorted()]).toEqual([200, ["bob", "cem"]]);
    }
  });

  test("is written down as a look, like any other", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, meeting, phone } = await lunch(world);
    await ownTracks(world, phone, plaza);
    for (const person of [bob, cem])
      expect(await viewersOf(person, meeting)).toEqual([{ id: ada.id, at_ms: world.clock.now() }]);
    const views = expectOk(await bob.call("GET", `/user/${bob.id}/location_views`));
    expect(views).toEqual([
      { event: meeting.id, user: { id: ada.id, username: "ada" }, at_ms: world.clock.now() },
    ]);
  });

  test("has a friend who shows where they are outside any event, and is written down too", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    await world.befriend(ada, bob);
    const phone = await setUpPhone(ada, { friends: true });
    const until = world.clock.now() / 1_000 + 3_600;
    expectOk(await bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until, precision: "coarse" }));
    world.clock.advance(1_000);
    await move(bob, { latitude: 49.123456, longitude: -123.654321 });
    const { elements, text } = await ownTracks(world, phone, plaza);
    expect(seen(elements)).toEqual(["bob"]);
    expect(text).not.toContain("49.123456");
    const views = expectOk(await bob.call("GET", `/user/${bob.id}/location_views`));
    expect(views.map(({ event, user }: Json) => [event, user.id])).toEqual([[null, ada.id]]);
    expectOk(await bob.call("DELETE", `/user/${bob.id}/shares/${ada.id}`));
    expect(await look({ world, phone })).toEqual([]);
  });

  test("shows cells alone of who shares coarsely, and the finer of two", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, meeting } = await lunch(world);
    await share(bob, meeting, "on", "coarse");
    world.clock.advance(1_000);
    await move(bob, { latitude: 49.271234, longitude: -123.241234 });
    expect((await ownTracks(world, phone, plaza)).text).not.toContain("49.271234");
    const other = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, other);
    world.clock.advance(1_000);
    await move(bob, { latitude: 49.271234, longitude: -123.241234 });
    const { elements } = await ownTracks(world, phone, plaza);
    expect(seen(elements).toSorted()).toEqual(["bob", "cem"]);
    expect(JSON.stringify(elements)).toContain("49.271234");
  });
});

/** What Android decodes: anything else loses it the whole answer. */
function requireKnown(element: Json): void {
  expect(["location", "card", "cmd"]).toContain(element._type);
  if (element._type === "cmd") {
    expect([element.action, element.waypoints._type]).toEqual(["setWaypoints", "waypoints"]);
    for (const { _type, rad, tst, desc } of element.waypoints.waypoints)
      expect([_type, rad >= 100 && rad <= 150, Number.isInteger(tst), desc]).toEqual([
        "waypoint",
        true,
        true,
        "Jarvis: Lunch",
      ]);
    return;
  }
  expect(element.tid).toMatch(/^[A-Za-z0-9]{2}$/);
  expect(element.topic).toBe(`owntracks/http/${element.tid}`);
  if (element._type === "card") {
    expect(element.name.length).toBeGreaterThan(0);
    return;
  }
  expect([Number.isInteger(element.tst) && element.tst > 0, typeof element.lat, typeof element.lon]).toEqual([
    true,
    "number",
    "number",
  ]);
}

describe("whom OwnTracks is shown", () => {
  const endings: Record<string, (scene: Lunch) => Promise<unknown>> = {
    "Bob pauses": ({ bob, meeting }) => share(bob, meeting, "paused"),
    "Bob stops": ({ bob, meeting }) => share(bob, meeting, "off"),
    "Bob leaves": ({ bob, meeting }) => bob.call("DELETE", `/event/${meeting.id}/people/${bob.id}`),
    "Bob declines": ({ bob, meeting }) =>
      bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" }),
    "Bob blocks Ada": ({ ada, bob }) => bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`),
    "Ada blocks Bob": ({ ada, bob }) => ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`),
    "Bob is erased": ({ bob }) => bob.call("DELETE", `/user/${bob.id}`),
  };
  for (const [what, end] of Object.entries(endings)) {
    test(`does not include Bob once ${what}, and the others stay`, async () => {
      await using world = await createWorld();
      const scene = await lunch(world);
      expect(await look(scene)).toEqual(["bob", "cem"]);
      const { status } = (await end(scene)) as { status: number };
      expect(status).toBe(200);
      expect(await look(scene)).toEqual(["cem"]);
    });
  }

  test("is nobody once the event is cancelled, or its window is over, or the device is gone", async () => {
    await using world = await createWorld();
    const scene = await lunch(world);
    const { ada, meeting, phone } = scene;
    expect(await look(scene)).toEqual(["bob", "cem"]);
    world.clock.advance(meeting.closesMs - world.clock.now());
    expect(await look(scene)).toEqual([]);
    expectOk(await ada.call("DELETE", `/user/${ada.id}/devices/${phone.id}`));
    expect((await ownTracks(world, phone, plaza)).status).toBe(401);
  });

  test("ends at once, however answers race with it", async () => {
    await using world = await createWorld();
    const scene = await lunch(world);
    const { bob, meeting } = scene;
    for (let round = 0; round < 20; round++) {
      await share(bob, meeting);
      world.clock.advance(1_000);
      await move(bob, northOfPlaza);
      // The looks are old enough to be written down again, which takes a commit while the consent ends.
      world.clock.advance(2 * minute);
      await move(bob, northOfPlaza);
      const looks = Array.from({ length: 4 }, () => look(scene));
      await share(bob, meeting, "off");
      expect(await look(scene)).not.toContain("bob");
      await Promise.all(looks);
    }
  });
});

describe("the two characters of a person", () => {
  test("are of their name where they can be, and nobody else's", () => {
    const used = new Set<string>();
    const next = (name: string) => {
      const tid = freeTid(name, (one) => used.has(one));
      if (tid !== null) used.add(tid);
      return tid;
    };
    expect(["Anna Berg", "anna berg", "Bob", "bob", "Ünal", "佐藤", "7 Up"].map(next)).toEqual([
      "AB",
      "AN",
      "BO",
      "BA",
      "UN",
      "AA",
      "7U",
    ]);
    let given = 7;
    while (next("Anna Berg") !== null) given++;
    expect([given, used.size]).toEqual([62 * 62, 62 * 62]);
  });

  test("are given up by who is not seen once a device has no others left", async () => {
    await using world = await createWorld();
    const scene = await lunch(world);
    const { ada, phone, bob } = scene;
    const taken = new Set(["AD"]);
    const rows = Array.from({ length: 62 * 62 - 1 }, (_, index) => {
      const tid = freeTid("", (one) => taken.has(one)) ?? "";
      taken.add(tid);
      return { device_id: phone.id, owner_id: ada.id, user_id: `gone-${index}` as UserId, tid };
    });
    await world.server.ctx.db.write(async ({ sql }) => {
      for (let at = 0; at < rows.length; at += 200)
        await sql
          .insertInto("device_tid")
          .values(rows.slice(at, at + 200))
          .execute();
    });
    expect(await look(scene)).toEqual(["bob", "cem"]);
    await share(bob, scene.meeting, "off");
    expect(await look(scene)).toEqual(["cem"]);
  });
});

describe("the venue of the next event", () => {
  async function venues(world: World, phone: Phone): Promise<Json[]> {
    world.clock.advance(minute);
    const { elements } = await ownTracks(world, phone, plaza);
    return ofType(elements, "cmd").flatMap(({ waypoints }) => waypoints.waypoints);
  }

  test("is handed out from a day before, once for each change of it, and by each device", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 25 * hour });
    const phone = await setUpPhone(bob, { friends: true });
    const other = await setUpPhone(bob, { name: "Other", friends: true });
    expect(await venues(world, phone)).toEqual([]);
    world.clock.advance(hour);
    const [first, ...rest] = await venues(world, phone);
    expect([first.desc, first.lat, first.lon, rest]).toEqual([
      "Jarvis: Lunch",
      plaza.latitude,
      plaza.longitude,
      [],
    ]);
    expect(await venues(world, phone)).toEqual([]);
    await world.restart();
    expect(await venues(world, phone)).toEqual([]);
    expect(await venues(world, other)).toEqual([first]);
    expectOk(await ada.call("PUT", `/event/${meeting.id}/place`, northOfPlaza));
    const [moved] = await venues(world, phone);
    expect([moved.lat, moved.tst]).toEqual([northOfPlaza.latitude, first.tst]);
    expectOk(await ada.call("PATCH", `/event/${meeting.id}`, { description: "Bring a book" }));
    expect(await venues(world, phone)).toEqual([]);
    const sooner = await createMeeting(world, bob, { accepted: [ada], inMs: 2 * hour });
    expect((await venues(world, phone)).map(({ tst }) => tst)).toEqual([regionOf("", sha256(sooner.id)).tst]);
    expectOk(await bob.call("DELETE", `/event/${sooner.id}`));
    expect((await venues(world, phone)).map(({ lat }) => lat)).toEqual([northOfPlaza.latitude]);
  });

  test("is only of an event that the person has accepted, that has a place, and that is not over", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const phone = await setUpPhone(bob, { friends: true });
    await createMeeting(world, ada, { invited: [bob] });
    await createMeeting(world, ada, { maybe: [bob] });
    await createMeeting(world, ada, { declined: [bob] });
    const start_time = world.clock.now() / 1_000 + 600;
    const made = await ada.call("POST", "/event", {
      name: "Nowhere",
      start_time,
      duration: 3_600,
      people: [bob.id],
    });
    expectOk(await bob.call("PUT", `/event/${expectOk(made, 201).id}/rsvp`, { status: "accepted" }));
    expect(await venues(world, phone)).toEqual([]);
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: minute * 2, durationMs: hour });
    world.clock.advance(meeting.startMs + hour - world.clock.now());
    expect(await venues(world, phone)).toEqual([]);
  });

  const kinds = ["Android, which knows it by its instant", "iOS, which knows it by its name"] as const;
  for (const kind of kinds) {
    test(`is where the person has arrived once the phone says so (${kind})`, async () => {
      await using world = await createWorld();
      const { bob, cem, meeting } = await lunch(world);
      const phone = await setUpPhone(cem, { friends: true });
      const [watched] = await venues(world, phone);
      const tst = world.clock.now() / 1_000;
      const state = async () => {
        const rows: Json[] = expectOk(await bob.call("GET", `/event/${meeting.id}/locations`));
        return rows.find(({ id }) => id === cem.id)?.state;
      };
      const enter = (of: object) =>
        sendAs(world, phone.token, "owntracks", {
          body: JSON.stringify({ _type: "transition", event: "enter", tst, ...of }),
        });
      await move(cem, northOfPlaza);
      for (const other of [
        { desc: "Home", wtst: 7 },
        { desc: null },
        {},
        { event: "leave", wtst: watched.tst },
      ])
        expect((await enter(other)).status).toBe(200);
      expect(await state()).toBe("travelling");
      const isAndroid = kind === kinds[0];
      await enter(isAndroid ? { desc: "renamed", wtst: watched.tst } : { desc: watched.desc, wtst: 7 });
      expect(await state()).toBe("arrived");
    });
  }
});
