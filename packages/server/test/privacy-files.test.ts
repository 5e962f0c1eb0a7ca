import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { runHousekeeping } from "../src/housekeeping.ts";
import { createMeeting, expectOk, hour, minute } from "./support/meeting.ts";
import { Atlas, type Spot } from "./support/privacy/atlas.ts";
import { runHistories } from "./support/privacy/histories.ts";
import { Tally } from "./support/privacy/looks.ts";
import { createWorld, type World } from "./support/world.ts";

/**
 * Which of these places stand in the store's files, as SQLite writes a float or as text. Another process looks, because
 * closing a file drops every lock that this one holds on it.
 */
async function inFiles(world: World, spots: readonly Spot[]): Promise<number[]> {
  await world.server.ctx.db.checkpoint();
  const script = `
    const spots = JSON.parse(await Bun.stdin.text());
    const files = ["", "-wal", "-shm"].map((suffix) => Bun.file(process.argv[1] + suffix));
    const bytes = [];
    for (const file of files) if (await file.exists()) bytes.push(Buffer.from(await file.arrayBuffer()));
    const has = (needle) => bytes.some((all) => all.includes(needle));
    const float = (value) => { const out = Buffer.alloc(8); out.writeDoubleBE(value); return out; };
    const found = spots.filter(({ latitude, longitude }) =>
      [latitude, longitude].some((value) => has(float(value)) || has(Buffer.from(String(value)))));
    console.log(JSON.stringify(found.map(({ id }) => id)));`;
  const looked = Bun.spawnSync([process.execPath, "-e", script, `${world.directory}/jarvis.db`], {
    stdin: Buffer.from(JSON.stringify(spots)),
  });
  expect(looked.exitCode).toBe(0);
  return JSON.parse(looked.stdout.toString()) as number[]; // as the script prints them
}

test("what a phone reported is in no file a minute after a newer fix, and nothing is a minute after erasure (case 57)", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const { id } = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("PUT", `/event/${id}/sharing`, { state: "on" }));
  const until = world.clock.now() / 1_000 + 3_600;
  await expectOk(bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until }));
  const made = await bob.call("POST", `/user/${bob.id}/devices`, { name: "phone" });
  const headers = { authorization: `Basic ${btoa(`b:${made.response.token}`)}` };
  const atlas = new Atlas(1);
  const spots: Spot[] = [];
  for (let i = 0; i < 6; i++) {
    const spot = atlas.mint();
    spots.push(spot);
    const { latitude: lat, longitude: lon } = spot;
    const fix = { _type: "location", lat, lon, tst: world.clock.now() / 1_000 };
    expect((await world.call("POST", "/ingest/owntracks", fix, headers)).status).toBe(200);
    world.clock.advance(10_000);
  }
  const eventFix = atlas.mint();
  const { latitude, longitude } = eventFix;
  await expectOk(bob.call("POST", `/event/${id}/location`, { latitude, longitude }));
  const newest = spots.at(-1)?.id;
  expect(await inFiles(world, [...spots, eventFix])).toEqual(expect.arrayContaining([newest, eventFix.id]));
  await expectOk(bob.call("PUT", `/event/${id}/sharing`, { state: "off" }));
  await expectOk(bob.call("DELETE", `/user/${bob.id}/shares/${ada.id}`));
  world.clock.advance(minute);
  await world.server.ctx.db.write(async () => undefined);
  // The newest is his own to read, for a day.
  expect(await inFiles(world, [...spots, eventFix])).toEqual([newest ?? -1]);
  await expectOk(bob.call("DELETE", `/user/${bob.id}`));
  world.clock.advance(minute);
  await world.server.ctx.db.write(async () => undefined);
  expect(await inFiles(world, [...spots, eventFix])).toEqual([]);
});

test("coordinates are in no log, no metric and no name of a file, and a day later in no file (cases 57, 63)", async () => {
  await using world = await createWorld();
  const seed = Math.floor(Math.random() * 2 ** 31);
  process.stdout.write(`privacy files: PRIVACY_SEED=${seed}\n`);
  const atlas = new Atlas(seed);
  await runHistories(world, { seed, runs: 40, looks: 1, atlas }, new Tally());
  const someone = await world.person("someone");
  const { id, latitude, longitude } = atlas.mint();
  // Refused, so that it might be quoted.
  const far = { latitude, longitude: longitude * 1_000, at: "yesterday" };
  const refused = await someone.call("POST", `/user/${someone.id}/location`, far);
  expect(refused.status).toBe(400);
  expect(atlas.exactIn(JSON.stringify(refused.body))).toEqual([]);
  await expectOk(someone.call("POST", `/user/${someone.id}/location`, { latitude, longitude }));
  expect(await inFiles(world, [{ id, latitude, longitude }])).toEqual([id]);
  const metrics = await world.call("GET", "/metrics");
  expect(metrics.status).toBe(200);
  expect(world.logged.length).toBeGreaterThan(0);
  const places = { logged: JSON.stringify(world.logged), metrics: new TextDecoder().decode(metrics.bytes) };
  const names = readdirSync(world.directory, { recursive: true }).join("\n");
  for (const text of [places.logged, places.metrics, names]) expect(atlas.exactIn(text)).toEqual([]);
  world.clock.set(world.clock.now() + 25 * hour);
  await runHousekeeping(world.server.ctx);
  expect(await inFiles(world, atlas.minted)).toEqual([]);
}, 60_000);
