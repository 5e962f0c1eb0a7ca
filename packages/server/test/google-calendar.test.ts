import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { pollDue } from "../src/calendars/polling.ts";
import { consent } from "./support/code-flow.ts";
import { expectOk } from "./support/events.ts";
import { until } from "./support/photos.ts";
import { googleAddress, once } from "./support/google-stand-in.ts";
import { at, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { createGoogleWorld, type GoogleWorld } from "./support/google/world.ts";
import { createWorld } from "./support/world.ts";

const hour = 60 * 60_000;
// The clock begins on 1 June 2030, 12:00 UTC.
const lunch = ["2030-06-02T10:00", "2030-06-02T11:00"];
const dinner = ["2030-06-03T18:00", "2030-06-03T20:00"];

function lunchAndDinner({ google }: GoogleWorld): void {
  google.primary.put(
    { id: "lunch", ...span("2030-06-02T12:00:00+02:00", "2030-06-02T13:00:00+02:00") },
    { id: "dinner", ...span("2030-06-03T18:00:00Z", "2030-06-03T20:00:00Z") },
  );
}

/** An hour and a bit later, when it is read again. */
async function poll(world: GoogleWorld): Promise<void> {
  world.clock.set(world.clock.now() + 1.2 * hour);
  await pollDue(world.server.ctx);
}

async function rows(world: GoogleWorld) {
  const { read } = world.server.ctx.db;
  const count = async (table: "calendar" | "google_calendar" | "google_flow" | "google_revocation") =>
    (
      await read
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;
  return [
    await count("calendar"),
    await count("google_calendar"),
    await count("google_flow"),
    await count("google_revocation"),
  ];
}

describe("Google's calendar", () => {
  test("is connected with a consent to read, and gives its busy times", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
    const browser = world.browser();
    const asked = new URL(await world.begin(browser));
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      scope: "https://www.googleapis.com/auth/calendar.readonly",
      access_type: "offline",
      prompt: "consent",
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: `${world.url}/auth/google/calendar/callback`,
    });
    const answer = await browser.open(await consent(asked.href));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/app/calendars"]);
    expect([...browser.cookies.keys()]).toEqual(["jarvis"]);
    expect(await world.calendars()).toMatchObject([
      { kind: "google", name: "Google", host: null, state: "ok", error: null, events: 2, skipped: [] },
    ]);
    expect(await world.busy()).toEqual([...lunch, ...dinner]);
    expect(await rows(world)).toEqual([1, 1, 0, 0]);
  });

  test("is read again in its turn, only what has changed, also after a restart", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
    await world.connect();
    world.google.primary.cancel("lunch");
    await poll(world);
    expect(await world.busy()).toEqual(dinner);
    await world.restart();
    world.google.primary.put(
      series("daily", "2030-06-02T09:00:00", "2030-06-02T10:00:00", ["RRULE:FREQ=DAILY;COUNT=3"]),
    );
    world.google.primary.cancelInstance("daily", at("2030-06-03T09:00:00+02:00"));
    await poll(world);
    expect(await world.busy()).toEqual(
      ["2030-06-02T07:00", "2030-06-02T08:00", ...dinner, "2030-06-04T07:00", "2030-06-04T08:00"].toSorted(),
    );
    const tokens = world.google.calls.flatMap(({ pathname, searchParams }) =>
      pathname.endsWith("/events") ? [searchParams.get("syncToken")] : [],
    );
    expect(tokens).toEqual([null, "sync-2", "sync-3"]);
    expect((await world.calendars())[0].fetched_ms).toBe(world.clock.now());
  });

  test("is read now when the person asks, also twice at once", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    lunchAndDinner(world);
    const path = `/user/${world.ann.id}/calendars/${(await world.calendars())[0].id}/refresh`;
    const before = world.google.calls.length;
    const answers = await Promise.all([1, 2].map(() => world.ann.call("POST", path)));
    expect(answers.map((answer) => expectOk(answer).events)).toEqual([2, 2]);
    expect(world.google.calls.length).toBeLessThanOrEqual(before + 2 * 2);
    expect(await world.busy()).toEqual([...lunch, ...dinner]);
  });

  test("keeps its busy times while Google is in trouble, and says so", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
    await world.connect();
    world.google.primary.cancel("lunch");
    for (let n = 0; n < 9; n++) world.google.faults.push(once("/events", failures.backend));
    await poll(world);
    expect(await world.calendars()).toMatchObject([{ state: "failing", error: "unreachable" }]);
    expect(await world.busy()).toEqual([...lunch, ...dinner]);
    expect(world.clock.waits.length).toBeGreaterThan(1);
    world.google.faults.length = 0;
    await poll(world);
    expect(await world.calendars()).toMatchObject([{ state: "ok", error: null }]);
    expect(await world.busy()).toEqual(dinner);
  });

  test("is revoked when the person has taken the consent back at Google, and ok again with a new one", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
    await world.connect();
    world.google.oauth.revokeAll();
    await poll(world);
    const [revoked] = await world.calendars();
    expect(revoked).toMatchObject({ state: "revoked", error: "revoked", next_ms: null });
    const { length } = world.google.calls;
    await poll(world);
    expect(world.google.calls.length).toBe(length);
    await world.connect();
    expect(await world.calendars()).toMatchObject([{ id: revoked.id, state: "ok", error: null }]);
    expect(await rows(world)).toEqual([1, 1, 0, 0]);
    await poll(world);
    expect((await world.calendars())[0].state).toBe("ok");
  });

  test("begins afresh when its sync token has ended", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
    await world.connect();
    world.google.primary.cancel("dinner");
    world.google.primary.endSyncTokens();
    await poll(world);
    expect(await world.busy()).toEqual(lunch);
  });

  test("holds a series that would never end, and counts what cannot be read", async () => {
    await using world = await createGoogleWorld();
    const bomb = (id: string, rule: string) =>
      series(id, "2030-06-05T09:00:00", "2030-06-05T09:15:00", [rule]);
    world.google.primary.put(
      bomb("seconds", "RRULE:FREQ=SECONDLY"),
      bomb("never", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
      bomb("no rule", "RRULE:FREQ=SOMETIMES"),
      { id: "february", ...span("2031-02-30T09:00:00Z", "2031-02-30T10:00:00Z") },
    );
    lunchAndDinner(world);
    await world.connect();
    const [calendar] = await world.calendars();
    expect(calendar.state).toBe("ok");
    const skipped = Object.fromEntries(
      calendar.skipped.map(({ reason, count }: { reason: string; count: number }) => [reason, count]),
    );
    expect(skipped.bad_date).toBe(1);
    expect(skipped.bad_rule).toBeGreaterThanOrEqual(1);
    expect(await world.busy()).toEqual(expect.arrayContaining([...lunch, ...dinner]));
  });

  test("is not offered where Google does not know this server", async () => {
    await using world = await createWorld();
    const ann = await world.person("Ann");
    const answer = await ann.call("POST", `/user/${ann.id}/calendars`, { google: true });
    expect([answer.status, answer.body["code"]]).toEqual([422, "unsupported"]);
    expect((await world.call("GET", "/auth/google/calendar/callback?code=a&state=b")).status).toBe(404);
  });
});

describe("taking it away", () => {
  test("is done at once, and at Google as soon as Google answers", async () => {
    await using world = await createGoogleWorld();
    lunchAndDinner(world);
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
    expect([world.google.oauth.refreshTokens.size, await rows(world)]).toEqual([0, [0, 0, 0, 0]]);
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
    await until(async () => (await rows(world))[3] === 0);
    await world.connect();
    for (let n = 0; n < 50; n++) world.google.faults.push(once("/revoke", failures.proxy));
    await remove();
    for (let n = 0; n < 32; n++) {
      world.clock.set(world.clock.now() + 25 * hour);
      await runHousekeeping(world.server.ctx);
    }
    expect(await rows(world)).toEqual([0, 0, 0, 0]);
  });

  test("of the account takes everything along", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    await world.begin(world.browser());
    expectOk(await world.ann.call("DELETE", `/user/${world.ann.id}`));
    await until(() => world.google.oauth.revoked.length === 1);
    await until(async () => (await rows(world)).slice(1).join() === "0,0,0");
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
    lunchAndDinner(world);
    await world.connect();
    expectOk(await world.ann.call("PUT", `/user/${world.ann.id}/logout?everywhere=true`));
    expect([await rows(world), await world.busy()]).toEqual([
      [1, 1, 0, 0],
      [...lunch, ...dinner],
    ]);
    await poll(world);
    expect(await rows(world)).toEqual([1, 1, 0, 0]);
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
    await until(async () => (await rows(world)).join() === "0,0,0,0");
  });
});

describe("nothing of Google's", () => {
  test("secrets and people is in an answer, an export, a log or an entry, and no access token in the store", async () => {
    await using world = await createGoogleWorld();
    const texts: string[] = [];
    lunchAndDinner(world);
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
