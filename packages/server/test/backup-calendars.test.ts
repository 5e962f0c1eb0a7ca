import { expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { restore } from "../src/db/restore.ts";
import { createLog } from "../src/lib/log.ts";
import { importFile, dentist, ics } from "./support/calendars.ts";
import { expectOk } from "./support/events.ts";
import { once } from "./support/google-stand-in.ts";
import { failures } from "./support/google/failure.ts";
import { googleRows, meals } from "./support/google/meals.ts";
import { createGoogleWorld, type GoogleWorld } from "./support/google/world.ts";
import { until } from "./support/photos.ts";
import { newPoll } from "./support/polls.ts";

/** Goes back to the state of the backup, as the command does. */
async function goBack(world: GoogleWorld, copy: string): Promise<void> {
  await world.stop();
  await restore(`sqlite:${world.directory}/jarvis.db`, copy, createLog("silent"));
  await world.restart();
}

test("a restore brings back no calendar and no consent that was taken away since, and Google hears of it still", async () => {
  await using world = await createGoogleWorld();
  meals(world);
  await world.connect();
  const [google] = await world.calendars();
  const kept = await importFile(world.ann, ics(dentist));
  const removed = await importFile(world.ann, ics(dentist));
  const { event } = await newPoll(world, world.ann);
  const other = await newPoll(world, world.ann);
  const from = Math.ceil(world.clock.now() / 1_000 / 900) * 900;
  const consents = (share: object) =>
    Promise.all(
      [event, other.event].map((id, index) =>
        world.ann.call(
          "PUT",
          `/event/${id}/availability`,
          index === 0 ? share : { share: true, from, to: from + 900 },
        ),
      ),
    );
  await consents({ share: true, from, to: from + 900 });
  const copy = `${world.directory}/copy.db`;
  await world.server.ctx.db.backUp(copy);
  for (let n = 0; n < 2; n++) world.google.faults.push(once("/revoke", failures.proxy));
  for (const { id } of [google, removed])
    expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}/calendars/${id}`));
  await consents({ share: false });
  await until(() => world.google.faults.length < 2);
  expect(world.google.oauth.revoked).toEqual([]);
  world.google.faults.length = 0;

  await goBack(world, copy);
  expect((await world.calendars()).map(({ id }) => id)).toEqual([kept.id]);
  expect((await world.busy()).length).toBe(2);
  const shares = await Promise.all(
    [event, other.event].map(
      async (id) => expectOk(await world.ann.call("GET", `/event/${id}/availability`)).share,
    ),
  );
  expect(shares).toEqual([false, true]);
  world.clock.set(world.clock.now() + 10 * 60_000);
  await runHousekeeping(world.server.ctx);
  expect(world.google.oauth.revoked.length).toBeGreaterThan(0);
  expect(world.google.oauth.refreshTokens.size).toBe(0);
  expect(await googleRows(world)).toEqual([1, 0, 0, 0]);
});
