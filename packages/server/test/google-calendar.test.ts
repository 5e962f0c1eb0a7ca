import { describe, expect, test } from "bun:test";
import { pollDue } from "../src/calendars/polling.ts";
import { expectOk } from "./support/events.ts";
import { once } from "./support/google-stand-in.ts";
import { at, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { dinnerTimes, googleRows, lunchTimes, meals, poll } from "./support/google/meals.ts";
import { consent } from "./support/code-flow.ts";
import { createGoogleWorld } from "./support/google/world.ts";
import { createWorld } from "./support/world.ts";

describe("Google's calendar", () => {
  test("is connected with a consent to read, and gives its busy times", async () => {
    await using world = await createGoogleWorld();
    meals(world);
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
    expect(await world.busy()).toEqual([...lunchTimes, ...dinnerTimes]);
    expect(await googleRows(world)).toEqual([1, 1, 0, 0]);
  });

  test("is read again in its turn, only what has changed, also after a restart", async () => {
    await using world = await createGoogleWorld();
    meals(world);
    await world.connect();
    world.google.primary.cancel("lunch");
    await poll(world);
    expect(await world.busy()).toEqual(dinnerTimes);
    await world.restart();
    world.google.primary.put(
      series("daily", "2030-06-02T09:00:00", "2030-06-02T10:00:00", ["RRULE:FREQ=DAILY;COUNT=3"]),
    );
    world.google.primary.cancelInstance("daily", at("2030-06-03T09:00:00+02:00"));
    await poll(world);
    expect(await world.busy()).toEqual(
      [
        "2030-06-02T07:00",
        "2030-06-02T08:00",
        ...dinnerTimes,
        "2030-06-04T07:00",
        "2030-06-04T08:00",
      ].toSorted(),
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
    meals(world);
    const path = `/user/${world.ann.id}/calendars/${(await world.calendars())[0].id}/refresh`;
    const before = world.google.calls.length;
    const answers = await Promise.all([1, 2].map(() => world.ann.call("POST", path)));
    expect(answers.map((answer) => expectOk(answer).events)).toEqual([2, 2]);
    expect(world.google.calls.length).toBeLessThanOrEqual(before + 2 * 2);
    expect(await world.busy()).toEqual([...lunchTimes, ...dinnerTimes]);
  });

  test("keeps its busy times while Google is in trouble, and says so", async () => {
    await using world = await createGoogleWorld();
    meals(world);
    await world.connect();
    world.google.primary.cancel("lunch");
    for (let n = 0; n < 9; n++) world.google.faults.push(once("/events", failures.backend));
    await poll(world);
    expect(await world.calendars()).toMatchObject([{ state: "failing", error: "unreachable" }]);
    expect(await world.busy()).toEqual([...lunchTimes, ...dinnerTimes]);
    expect(world.clock.waits.length).toBeGreaterThan(1);
    world.google.faults.length = 0;
    await poll(world);
    expect(await world.calendars()).toMatchObject([{ state: "ok", error: null }]);
    expect(await world.busy()).toEqual(dinnerTimes);
  });

  test("is revoked when the person has taken the consent back at Google, and ok again with a new one", async () => {
    await using world = await createGoogleWorld();
    meals(world);
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
    expect(await googleRows(world)).toEqual([1, 1, 0, 0]);
    await poll(world);
    expect((await world.calendars())[0].state).toBe("ok");
  });

  test("stays ok when a consent was renewed while it was being read with the old one", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    const { oauth } = world.google;
    const old = [...oauth.refreshTokens];
    let isRenewed = false;
    world.google.faults.push(async (url) => {
      if (isRenewed || !url.pathname.endsWith("/events")) return undefined;
      isRenewed = true;
      meals(world);
      await world.connect();
      for (const token of old) oauth.refreshTokens.delete(token);
      for (const [access, refresh] of oauth.accessTokens)
        if (old.includes(refresh)) oauth.accessTokens.delete(access);
      return failures.credentials();
    });
    await poll(world);
    expect(isRenewed).toBe(true);
    expect(await world.calendars()).toMatchObject([{ state: "ok", error: null }]);
    expect(await world.busy()).toEqual([...lunchTimes, ...dinnerTimes]);
  });

  test("is read again only when it is due, also where the clock steps", async () => {
    await using world = await createGoogleWorld();
    await world.connect();
    const { length } = world.google.calls;
    await pollDue(world.server.ctx);
    world.clock.set(world.clock.now() - 3 * 86_400_000);
    await pollDue(world.server.ctx);
    expect(world.google.calls.length).toBe(length);
    world.clock.set(world.clock.now() + 6 * 86_400_000);
    meals(world);
    await pollDue(world.server.ctx);
    expect(world.google.calls.length).toBe(length + 2);
    expect((await world.calendars())[0].state).toBe("ok");
  });

  test("begins afresh when its sync token has ended", async () => {
    await using world = await createGoogleWorld();
    meals(world);
    await world.connect();
    world.google.primary.cancel("dinner");
    world.google.primary.endSyncTokens();
    await poll(world);
    expect(await world.busy()).toEqual(lunchTimes);
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
    meals(world);
    await world.connect();
    const [calendar] = await world.calendars();
    expect(calendar.state).toBe("ok");
    const skipped = Object.fromEntries(
      calendar.skipped.map(({ reason, count }: { reason: string; count: number }) => [reason, count]),
    );
    expect(skipped.bad_date).toBe(1);
    expect(skipped.bad_rule).toBeGreaterThanOrEqual(1);
    expect(await world.busy()).toEqual(expect.arrayContaining([...lunchTimes, ...dinnerTimes]));
  });

  test("is not offered where Google does not know this server", async () => {
    await using world = await createWorld();
    const ann = await world.person("Ann");
    const answer = await ann.call("POST", `/user/${ann.id}/calendars`, { google: true });
    expect([answer.status, answer.body["code"]]).toEqual([422, "unsupported"]);
    expect((await world.call("GET", "/auth/google/calendar/callback?code=a&state=b")).status).toBe(404);
  });
});
