import { expect, test } from "bun:test";
import { createMeeting, expectOk, minute, share } from "./support/meeting.ts";
import { createWorld, type World } from "./support/world.ts";

/** A latitude that nothing else in the files looks like. */
const somewhere = { latitude: 49.12345678901234, longitude: -123.98765432109876 };

/**
 * How often the coordinate stands in the store's files, as SQLite writes a float: 8 bytes, big-endian. Another process
 * looks, because closing a file drops every lock that this one holds on it.
 */
async function occurrences(world: World): Promise<number> {
  const needle = new DataView(new ArrayBuffer(8));
  needle.setFloat64(0, somewhere.latitude);
  const script = `
    const needle = Buffer.from(process.argv[1], "hex");
    let found = 0;
    for (const suffix of ["", "-wal"]) {
      const bytes = Buffer.from(await Bun.file(process.argv[2] + suffix).arrayBuffer());
      for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) found++;
    }
    console.log(found);`;
  const hex = Buffer.from(needle.buffer).toString("hex");
  const looked = Bun.spawnSync([process.execPath, "-e", script, hex, `${world.directory}/jarvis.db`]);
  expect(looked.exitCode).toBe(0);
  return Number(looked.stdout.toString());
}

async function oneTurnOfHousekeeping(world: World): Promise<void> {
  world.clock.advance(minute);
  await world.server.ctx.db.write(async () => undefined);
  await world.server.ctx.db.checkpoint();
}

test("a place is in no file any more within a minute of stopping (case 57)", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("POST", `/event/${meeting.id}/location`, somewhere));
  await world.server.ctx.db.checkpoint();
  expect(await occurrences(world)).toBe(1);
  await share(bob, meeting, "off");
  await oneTurnOfHousekeeping(world);
  expect(await occurrences(world)).toBe(0);
});

test("a place is in no file any more within a minute of the window's end (case 57)", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("POST", `/event/${meeting.id}/location`, somewhere));
  world.clock.set(meeting.closesMs);
  await oneTurnOfHousekeeping(world);
  expect(await occurrences(world)).toBe(0);
});

test("a place that a newer one replaced is in no file after the next checkpoint", async () => {
  await using world = await createWorld();
  const ada = await world.person("ada");
  await expectOk(ada.call("POST", `/user/${ada.id}/location`, somewhere));
  world.clock.advance(1_000);
  await expectOk(ada.call("POST", `/user/${ada.id}/location`, { latitude: 1, longitude: 2 }));
  await world.server.ctx.db.checkpoint();
  expect(await occurrences(world)).toBe(0);
});
