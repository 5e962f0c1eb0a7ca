import { describe, expect, test } from "bun:test";
import { positionFor, viewersOf, visibleTo } from "../src/location/service.ts";
import { createMeeting, expectOk, hour, type Meeting, move, plaza, share } from "./support/meeting.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

interface Scene {
  world: World;
  ada: Person;
  bob: Person;
  meeting: Meeting;
}

/** What Ada sees of Bob, by every way of looking that remembers who sees whom. */
async function seen({ world, ada, bob, meeting }: Scene): Promise<string[]> {
  const { ctx } = world.server;
  const listed = await ada.call("GET", `/event/${meeting.id}/locations`);
  const one = await ada.call("GET", `/event/${meeting.id}/location/${bob.id}`);
  const trail = await ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`);
  const rows = listed.status === 200 ? listed.response : [];
  const shown = await positionFor(ctx, meeting.id, bob.id);
  return [
    ...rows.map((row: { username: string; accuracy: number }) => `list ${row.username} ${row.accuracy}`),
    ...(one.status === 200 ? [`one ${one.response.username} ${one.response.accuracy}`] : []),
    ...(trail.status === 200 ? [`trail ${trail.response[0].accuracy}`] : []),
    ...(await visibleTo(ctx, ada.id)).map(({ row }) => `visible ${row.username} ${row.accuracy}`),
    ...((await viewersOf(ctx, meeting.id, bob.id)).has(ada.id) ? ["viewer"] : []),
    ...(shown?.viewers.has(ada.id) ? [`frame ${shown.row.username} ${shown.row.accuracy}`] : []),
  ];
}

function everyWay(name: string, accuracy: number): string[] {
  return [
    `list ${name} ${accuracy}`,
    `one ${name} ${accuracy}`,
    `trail ${accuracy}`,
    `visible ${name} ${accuracy}`,
    "viewer",
    `frame ${name} ${accuracy}`,
  ];
}

async function scene(): Promise<Scene> {
  const world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await share(bob, meeting);
  await move(bob, { ...plaza, accuracy: 7 });
  return { world, ada, bob, meeting };
}

const endings: [string, (scene: Scene) => Promise<unknown>][] = [
  ["consent is withdrawn", ({ bob, meeting }) => share(bob, meeting, "off")],
  ["the viewer is blocked", ({ ada, bob }) => expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`))],
  ["the viewer blocks", ({ ada, bob }) => expectOk(ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`))],
  [
    "the sharer declines",
    ({ bob, meeting }) => expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" })),
  ],
  [
    "the sharer only may come",
    ({ bob, meeting }) => expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "maybe" })),
  ],
  [
    "the sharer is removed",
    ({ ada, bob, meeting }) => expectOk(ada.call("DELETE", `/event/${meeting.id}/people/${bob.id}`)),
  ],
  ["the event is cancelled", ({ ada, meeting }) => expectOk(ada.call("DELETE", `/event/${meeting.id}`))],
  [
    "the event is moved to another day",
    ({ ada, meeting }) =>
      expectOk(
        ada.call("PATCH", `/event/${meeting.id}`, { start_time: (meeting.startMs + 24 * hour) / 1_000 }),
      ),
  ],
  ["the sharer's account is erased", ({ bob }) => expectOk(bob.call("DELETE", `/user/${bob.id}`))],
];

describe("what is remembered of who sees whom", () => {
  for (const [what, change] of endings) {
    test(`is not once ${what}, in any way of looking`, async () => {
      const made = await scene();
      await using _ = made.world;
      expect(await seen(made)).toEqual(everyWay("bob", 7));
      await change(made);
      expect(await seen(made)).toEqual([]);
    });
  }

  test("follows a new name, and consent that becomes coarse", async () => {
    const made = await scene();
    await using _ = made.world;
    expect(await seen(made)).toEqual(everyWay("bob", 7));
    await expectOk(made.bob.call("PATCH", `/user/${made.bob.id}`, { username: "robert" }));
    expect(await seen(made)).toEqual(everyWay("robert", 7));
    await share(made.bob, made.meeting, "on", "coarse");
    expect(await seen(made)).toEqual(everyWay("robert", 710));
  });

  test("needs no message for the window: it opens and closes by the clock", async () => {
    const world = await createWorld();
    await using _ = world;
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: hour + 5_000 });
    const made = { world, ada, bob, meeting };
    await share(bob, meeting);
    expect(await seen(made)).toEqual([]);
    world.clock.advance(6_000);
    await move(bob, { ...plaza, accuracy: 7 });
    expect(await seen(made)).toEqual(everyWay("bob", 7));
    world.clock.set(meeting.closesMs);
    expect(await seen(made)).toEqual([]);
  });

  test("is read anew after ten seconds, for changes that nothing told of", async () => {
    const made = await scene();
    await using _ = made.world;
    expect(await seen(made)).toEqual(everyWay("bob", 7));
    await made.world.server.ctx.db.write(async ({ sql }) => {
      await sql.deleteFrom("share_audience").where("viewer_id", "=", made.ada.id).execute();
    });
    made.world.clock.advance(10_000);
    expect(await seen(made)).toEqual([]);
  });

  test("changes that come while it is read are seen: a block in every race with a look", async () => {
    const made = await scene();
    await using _ = made.world;
    const { ada, bob, meeting, world } = made;
    for (let i = 0; i < 25; i++) {
      world.clock.advance(11_000);
      await move(bob, { ...plaza, accuracy: 7 });
      const looks = Array.from({ length: 4 }, () => ada.call("GET", `/event/${meeting.id}/locations`));
      await share(bob, meeting, "off");
      expect(await seen(made)).toEqual([]);
      await Promise.all(looks);
      await share(bob, meeting);
    }
  });
});
