import { runHousekeeping } from "../../../src/housekeeping.ts";
import { movedClock } from "../clock.ts";
import { createMeeting, expectOk, minute } from "../meeting.ts";
import { Dice, dicedRandom } from "../simulation/dice.ts";
import { connect } from "../socket.ts";
import { createWorld, type Person, type World } from "../world.ts";

/** What Bob's phone says at one stop. */
export interface Stop {
  latitude: number;
  longitude: number;
  accuracy: number;
  altitude: number;
  speed: number;
  heading: number;
  battery: number;
}

interface Scene {
  world: World;
  ada: Person;
  bob: Person;
  meeting: string;
  phone: string;
}

/** Every answer and every frame, in order, that two onlookers get while Bob, who shares coarsely, goes on a journey. */
export async function toldOf(
  journeys: readonly (readonly Stop[])[],
  places: readonly object[],
): Promise<string[]> {
  const clock = movedClock();
  const random = dicedRandom(() => clock.now());
  random.dice = new Dice(7); // every world with the same ids
  await using world = await createWorld({ clock, overrides: { random } });
  const told: string[] = [];
  for (const journey of journeys) {
    clock.set(clock.now() + 48 * 60 * minute);
    await follow(world, journey, places, told);
  }
  return told;
}

async function follow(
  world: World,
  journey: readonly Stop[],
  places: readonly object[],
  told: string[],
): Promise<void> {
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  await world.befriend(ada, bob);
  const { id: meeting } = await createMeeting(world, ada, { accepted: [bob, cem], inMs: 20 * minute });
  await expectOk(bob.call("PUT", `/event/${meeting}/sharing`, { state: "on", precision: "coarse" }));
  await expectOk(cem.call("PUT", `/event/${meeting}/sharing`, { state: "on" }));
  const until = world.clock.now() / 1_000 + 2 * 60 * 60;
  await expectOk(bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until, precision: "coarse" }));
  const made = await ada.call("POST", `/user/${ada.id}/devices`, { name: "phone", friends: true });
  const scene: Scene = { world, ada, bob, meeting, phone: made.response.token };
  await using socket = await connect(world.url, ada);
  socket.send({ type: "watch", event: meeting });
  socket.send({ type: "watch", user: bob.id });
  await socket.flushed();
  for (const [index, stop] of journey.entries()) {
    // In steps, as time passes: what looks every some seconds has its looks.
    for (let passed = 0; passed < minute; passed += 5_000) {
      world.clock.advance(5_000);
      await settled(world);
    }
    await expectOk(bob.call("POST", `/user/${bob.id}/location`, stop));
    await settled(world);
    await expectOk(cem.call("POST", `/user/${cem.id}/location`, { latitude: 49.2, longitude: -123.1 }));
    await settled(world);
    // Whoever may change the place could ask how far he is from anywhere.
    await expectOk(ada.call("PATCH", `/event/${meeting}`, { place: places[index % places.length] }));
    await settled(world);
    await runHousekeeping(world.server.ctx);
    world.clock.advance(2_000);
    await settled(world);
    told.push(...(await look(scene)));
  }
  // What is on its way is here once a message is that was sent after it.
  const last = await ada.call("POST", `/chat/${meeting}/messages`, { text: "here", client_id: "last" });
  await socket.message(meeting, last.response.seq);
  const frames = socket.frames.filter(({ type }) => type !== "pong" && type !== "online");
  told.push(...frames.map((frame) => JSON.stringify(frame)).toSorted());
}

async function look({ world, ada, bob, meeting, phone }: Scene): Promise<string[]> {
  const event = `/event/${meeting}`;
  const paths = [
    `${event}/locations`,
    `${event}/location/${bob.id}`,
    `${event}/trail/${bob.id}`,
    `${event}/meeting_point`,
    event,
    `/user/${bob.id}/location`,
    `/user/${bob.id}`,
    `/user/${ada.id}/shares`,
    `/user/${ada.id}/location_views`,
    `/chat/${meeting}/messages`,
  ];
  const told: string[] = [];
  for (const path of paths) {
    const { status, body } = await ada.call("GET", path);
    told.push(`${path} ${status} ${JSON.stringify({ ...body, request_id: undefined })}`);
  }
  const headers = { authorization: `Basic ${btoa(`a:${phone}`)}` };
  const answer = await world.call("POST", "/ingest/owntracks", { _type: "status" }, headers);
  told.push(`OwnTracks ${new TextDecoder().decode(answer.bytes)}`);
  return told;
}

/** Units run one after another: behind this one nothing is on its way any more. */
async function settled({ server }: World): Promise<void> {
  await server.ctx.db.write(() => Promise.resolve());
}
