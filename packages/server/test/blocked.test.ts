import { expect, test } from "bun:test";
import { createMeeting, expectOk, share } from "./support/meeting.ts";
import { allTold } from "./support/online.ts";
import { until } from "./support/photos.ts";
import { connect, epochOf, type TestSocket } from "./support/socket.ts";
import { createWorld, type Person } from "./support/world.ts";

/** What a socket was told about one person: kinds of entries, and types of other frames. */
function toldAbout(socket: TestSocket, person: Person): string[] {
  return socket.frames
    .filter((frame) => JSON.stringify(frame).includes(person.id) && frame.type !== "welcome")
    .map((frame) => (frame.type === "entry" ? frame.kind : frame.type));
}

test.each(["blocks", "is blocked by"])(
  "who %s somebody is not told when they share, type or read, neither live nor afterwards",
  async (direction) => {
    await using world = await createWorld();
    const { ann, bob, eve } = await world.people("ann", "bob", "eve");
    const meeting = await createMeeting(world, ann, { accepted: [bob, eve] });
    const [blocker, blocked] = direction === "blocks" ? [eve, bob] : [bob, eve];
    await expectOk(blocker.call("PUT", `/user/${blocker.id}/blocks/${blocked.id}`));
    await using eves = await connect(world.url, eve);
    await using anns = await connect(world.url, ann);
    await using bobs = await connect(world.url, bob);
    const stream = `event:${meeting.id}`;
    const head = (await eves.next("welcome")).streams[stream] ?? 0;

    await ann.call("POST", `/chat/${meeting.id}/messages`, { text: "Hi", client_id: "1" });
    await share(bob, meeting);
    await expectOk(bob.call("PUT", `/chat/${meeting.id}/read`, { seq: 1 }));
    bobs.send({ type: "typing", chat: meeting.id });
    await anns.next("typing");
    await anns.next("online", ({ user }) => user === bob.id);
    await until(() => anns.entries(stream).some(({ kind }) => kind === "sharing"));
    await allTold(world, eve, eves);
    expect(toldAbout(anns, bob).toSorted()).toEqual(["online", "read", "sharing", "typing"]);
    expect(toldAbout(eves, bob)).toEqual([]);
    expect(eves.of("skip")).toEqual([{ type: "skip", stream, from: head + 2, to: head + 2 }]);

    await using later = await connect(world.url, eve, {
      epoch: await epochOf(eves),
      resume: { [stream]: head },
    });
    await later.next("skip");
    expect(later.entries(stream).map(({ kind }) => kind)).toEqual(["message"]);
    expect((await eve.call("GET", `/chat/${meeting.id}`)).response.read).toEqual({});
    expect((await ann.call("GET", `/chat/${meeting.id}`)).response.read).toEqual({ [bob.id]: 1 });
    expect((await bob.call("GET", `/chat/${meeting.id}`)).response.read).toEqual({ [bob.id]: 1 });
  },
);

test("pausing what was never shared is told to nobody: it would give away who holds an invited address", async () => {
  await using world = await createWorld();
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  const meeting = await createMeeting(world, ann, { accepted: [eve] });
  await expectOk(ann.call("POST", `/event/${meeting.id}/people`, { people: [bob.email] }));
  await using eves = await connect(world.url, eve);
  await share(bob, meeting, "paused");
  await share(bob, meeting, "off");
  await eves.flushed();
  expect(toldAbout(eves, bob)).toEqual([]);
});
