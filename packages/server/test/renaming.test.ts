import { expect, test } from "bun:test";
import { eventStream, rates, userStream } from "@jarvis/contract";
import { entriesOf, expectOk } from "./support/events.ts";
import { createMeeting } from "./support/meeting.ts";
import { connect } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

test("a person renames themselves ten times a day; other changes, and the same name again, do not count", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const ann = await world.person("ann");
  const patch = async (body: object) => (await ann.call("PATCH", `/user/${ann.id}`, body)).status;
  expect(await patch({ username: "ann" })).toBe(200);
  for (let i = 0; i < rates.rename.points; i++) expect(await patch({ username: `ann ${i}` })).toBe(200);
  expect(await patch({ username: "one more" })).toBe(429);
  expect(await patch({ locale: "de", username: `ann ${rates.rename.points - 1}` })).toBe(200);
  expect(await patch({ show_online: false })).toBe(200);
});

test("a new name is one entry for each friend and event, the events of strangers and addresses alone hear nothing", async () => {
  await using world = await createWorld();
  const { ann, bob, cid, eve } = await world.people("ann", "bob", "cid", "eve");
  await world.befriend(ann, bob);
  const common = await createMeeting(world, bob, { accepted: [ann, cid] });
  const addressed = await createMeeting(world, cid, { accepted: [eve] });
  await cid.call("POST", `/event/${addressed.id}/people`, { people: [ann.email] });
  await using eves = await connect(world.url, eve);
  const before = (await entriesOf(world, eventStream(addressed.id))).length;
  expectOk(await ann.call("PATCH", `/user/${ann.id}`, { username: "Anna" }));
  const renamed = { op: "renamed", user: ann.id };
  expect((await entriesOf(world, eventStream(common.id))).at(-1)).toMatchObject({
    kind: "people",
    data: renamed,
  });
  expect((await entriesOf(world, userStream(bob.id))).at(-1)).toMatchObject({ kind: "friend" });
  expect(await entriesOf(world, eventStream(addressed.id))).toHaveLength(before);
  await eves.flushed();
  expect(JSON.stringify(eves.frames)).not.toContain(ann.id);
});

test("an old entry of a new name is passed over once the account is erased", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await createMeeting(world, bob, { accepted: [ann] });
  await using first = await connect(world.url, bob);
  const { epoch, streams } = await first.next("welcome");
  expectOk(await ann.call("PATCH", `/user/${ann.id}`, { username: "Unmistakable" }));
  expectOk(await ann.call("DELETE", `/user/${ann.id}`));
  const stream = `event:${id}`;
  await using later = await connect(world.url, bob, { epoch, resume: { [stream]: streams[stream] ?? 0 } });
  await later.next("entry", (entry) => entry.stream === stream && entry.data["op"] === "removed");
  expect(later.of("skip")).toHaveLength(1);
  expect(JSON.stringify(later.frames)).not.toContain("Unmistakable");
});
