import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { consent } from "./support/code-flow.ts";
import { expectOk } from "./support/events.ts";
import { googleAddress, once } from "./support/google-stand-in.ts";
import { failures } from "./support/google/failure.ts";
import { dinnerTimes, googleRows, hour, lunchTimes, meals, poll } from "./support/google/meals.ts";
import { createGoogleWorld, type GoogleWorld } from "./support/google/world.ts";
import { until } from "./support/photos.ts";

describe("taking it away", () => {
  test("is done at once, and at Google as soon as Google answers", async () => {
    await using world = await createGoogleWorld();
    meals(world);
    await world.connect();
    const [{ id }] = await world.calendars();
    for (let n = 0; n < 2; n++) world.google.faults.push(once("/revoke", failures.proxy));
    expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}/calendars/${id}`));
    expect([await world.calendars(), await world.busy()]).toEqual([[], []]);
    await until(() => world.google.faults.length === 1);
    expect(world.google.oauth.revoked).toEqual([]);
    await until(async () => (await revocation(world)).failures === 1);
    await runHousekeeping(world.server.ctx);
    expect(world.google.faults.length).toBe(1);
    for (let n = 0; n < 4; n++) {
      world.clock.set(world.clock.now() + 5 * 60_000);
      await runHousekeeping(world.server.ctx);
    }
    expect(world.google.oauth.revoked.length).toBe(1);
    expect([world.google.oauth.refreshTokens.size, await googleRows(world)]).toEqual([0, [0, 0, 0, 0]]);
  });

  test("is given up after a month, and is done where Google has forgotten it already", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    const remove = async () => {
      const [{ id }] = await world.calendars();
      expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}/calendars/${id}`));
    };
    world.google.oauth.revokeAll();
    await remove();
    await until(async () => (await googleRows(world))[3] === 0);
    await world.connect();
    for (let n = 0; n < 50; n++) world.google.faults.push(once("/revoke", failures.proxy));
    await remove();
    for (let n = 0; n < 32; n++) {
      world.clock.set(world.clock.now() + 25 * hour);
      await runHousekeeping(world.server.ctx);
    }
    expect(await googleRows(world)).toEqual([0, 0, 0, 0]);
  });

  test("of the account takes everything along", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    await world.begin(world.browser());
    expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}`));
    await until(() => world.google.oauth.revoked.length === 1);
    await until(async () => (await googleRows(world)).join() === "0,0,0,0");
  });

  test("does not undo a new consent of the same person", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    const [{ id }] = await world.calendars();
    world.google.faults.push(once("/revoke", failures.proxy));
    expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}/calendars/${id}`));
    await until(async () => (await revocation(world)).failures === 1);
    await world.connect();
    world.clock.set(world.clock.now() + hour);
    await runHousekeeping(world.server.ctx);
    expect([world.google.oauth.revoked, (await world.calendars())[0].state]).toEqual([[], "ok"]);
  });

  test("is not what signing out everywhere does: a connected calendar acts for nobody", async () => {
    await using world = await createGoogleWorld();
    meals(world);
    await world.connect();
    expectOk(await world.ann.call("PUT", `/user/${world.ann.id}/logout?everywhere=true`));
    expect([await googleRows(world), await world.busy()]).toEqual([
      [1, 1, 0, 0],
      [...lunchTimes, ...dinnerTimes],
    ]);
    await poll(world);
    expect(await googleRows(world)).toEqual([1, 1, 0, 0]);
  });

  test("counts while it is being read", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    const [{ id }] = await world.calendars();
    world.google.faults.push(async (url) => {
      if (!url.pathname.endsWith("/events")) return undefined;
      expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}/calendars/${id}`));
      return failures.backend();
    });
    await poll(world);
    expect(await world.calendars()).toEqual([]);
    await until(async () => (await googleRows(world)).join() === "0,0,0,0");
  });
});

describe("nothing of Google's", () => {
  test("secrets and people is in an answer, an export, a log or an entry, and no access token in the store", async () => {
    await using world = await createGoogleWorld();
    const texts: string[] = [];
    meals(world);
    const browser = world.browser();
    const asked = await world.begin(browser);
    const secrets = [new URL(asked).searchParams.get("state") ?? "", ...browser.cookies.values()];
    texts.push((await browser.open(await consent(asked))).headers.get("location") ?? "");
    world.google.oauth.accessTokens.clear();
    world.google.faults.push(
      once("/events", failures.rate),
      once("/events", () => new Response(`{"x":"${googleAddress}"}`, { status: 500 })),
    );
    await poll(world);
    world.google.faults.push(
      once("/token", () =>
        Response.json({ error: "invalid_grant", error_description: googleAddress }, { status: 400 }),
      ),
    );
    world.google.oauth.accessTokens.clear();
    await poll(world);
    for (const path of ["calendars", "export", "access", ""]) {
      texts.push(JSON.stringify((await world.ann.call("GET", `/user/${world.ann.id}/${path}`)).body));
    }
    const { read } = world.server.ctx.db;
    const calendars = await read.selectFrom("calendar").selectAll().execute();
    const entries = await read.selectFrom("entry").selectAll().execute();
    texts.push(
      JSON.stringify([
        world.logged.map(({ fields, ...rest }) => ({ ...rest, fields: Bun.inspect(fields) })),
        calendars,
        entries,
      ]),
    );
    const found = texts.join("\n");
    expect(world.google.oauth.given.length).toBeGreaterThan(3);
    for (const secret of [
      ...secrets.slice(0, 1),
      ...world.google.oauth.given,
      "ann.canary",
      "Secret plan",
      "Hideout",
    ]) {
      expect(secret.length).toBeGreaterThan(6);
      expect(found).not.toContain(secret);
    }
    const google = await read.selectFrom("google_calendar").selectAll().execute();
    const stored =
      JSON.stringify(google) +
      new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(google[0]?.kept ?? [])));
    for (const secret of world.google.oauth.given.filter((one) => one.startsWith("ya29."))) {
      expect(stored).not.toContain(secret);
    }
    expect(stored).not.toMatch(/ann\.canary|Secret plan|Hideout|"lunch"/);
    expect(world.logged.some(({ message }) => message === "a calendar of Google's could not be read")).toBe(
      true,
    );
  });
});

async function revocation(world: GoogleWorld): Promise<{ failures: number }> {
  const { read } = world.server.ctx.db;
  return (
    (await read.selectFrom("google_revocation").select("failures").executeTakeFirst()) ?? { failures: -1 }
  );
}
