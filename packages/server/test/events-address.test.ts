import { expect, test } from "bun:test";
import { createMeeting, expectOk } from "./support/meeting.ts";
import { send } from "./support/party.ts";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** The people entries of an event as somebody is told them who resumes it from the start. */
async function peopleTold(world: World, person: Person, event: string): Promise<object[]> {
  // The last entry is one that this person is shown, so that its arrival is the end.
  await send(person, event, "Hi");
  await using first = await connect(world.url, person);
  const stream = `event:${event}`;
  const { streams } = await first.next("welcome");
  await using socket = await connect(world.url, person, {
    epoch: await epochOf(first),
    resume: { [stream]: 0 },
  });
  await socket.next("entry", (entry) => entry.stream === stream && entry.seq === streams[stream]);
  return socket.entries(stream, "people").map(({ seq, data }) => ({ seq, data }));
}

test.each(["leaves", "is removed"])(
  "what was reported of somebody who %s does not change when their address is invited: it would tell whose it is",
  async (how) => {
    await using world = await createWorld();
    const { ann, bob, cid } = await world.people("ann", "bob", "cid");
    const { id } = await createMeeting(world, ann, { accepted: [cid] });
    await expectOk(ann.call("POST", `/event/${id}/people`, { people: [bob.id] }));
    const actor = how === "leaves" ? bob : ann;
    await expectOk(actor.call("DELETE", `/event/${id}/people/${bob.id}`));
    const before = await peopleTold(world, cid, id);
    await expectOk(ann.call("POST", `/event/${id}/people`, { people: [bob.email] }));
    const after = await peopleTold(world, cid, id);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(JSON.stringify(after.slice(before.length))).not.toContain(bob.id);
  },
);
