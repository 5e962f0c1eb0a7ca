import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { consent } from "./support/code-flow.ts";
import { expectOk } from "./support/events.ts";
import { once } from "./support/google-stand-in.ts";
import { failures } from "./support/google/failure.ts";
import { createGoogleWorld, type GoogleWorld } from "./support/google/world.ts";
import { until } from "./support/photos.ts";
import type { Answer } from "./support/world.ts";

const connected = "/app/calendars";
const refused = "/app/calendars?error=unauthenticated";

function where(answer: Answer): string | null {
  return answer.headers.get("location");
}

async function kinds(world: GoogleWorld, user = world.ann.id): Promise<string[]> {
  const { read } = world.server.ctx.db;
  const calendars = await read.selectFrom("calendar").select("kind").where("user_id", "=", user).execute();
  return calendars.map(({ kind }) => kind);
}

async function flows(world: GoogleWorld): Promise<number> {
  return (await world.server.ctx.db.read.selectFrom("google_flow").selectAll().execute()).length;
}

describe("case 30: a consent for Google's calendars", () => {
  test("counts once", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    const held = new Map(browser.cookies);
    // As a browser says that another site, Google's, has sent it here.
    const fromThere = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect(where(await browser.call("GET", back, undefined, null, fromThere))).toBe(connected);
    for (const [name, value] of held) browser.cookies.set(name, value);
    expect(where(await browser.open(back))).toBe(refused);
    expect([world.google.oauth.redeemed, await kinds(world)]).toEqual([1, ["google"]]);
  });

  test("counts once of two callbacks that race", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    const answers = await Promise.all([1, 2, 3, 4].map(() => browser.open(back)));
    expect(answers.map(where).toSorted()).toEqual([connected, refused, refused, refused]);
    expect([world.google.oauth.redeemed, await kinds(world)]).toEqual([1, ["google"]]);
  });

  test("counts in the browser that asked for it alone, and others do not use it up", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    // The same person in another browser, with and without a consent of their own under way; and nobody.
    const another = world.browser();
    expect(where(await another.open(back))).toBe(refused);
    await world.begin(another);
    expect(where(await another.open(back))).toBe(refused);
    expect(where(await world.call("GET", back))).toBe(refused);
    expect([world.google.oauth.redeemed, await kinds(world), await flows(world)]).toEqual([0, [], 2]);
    expect(where(await browser.open(back))).toBe(connected);
  });

  test("counts for the account that asked for it alone, and signs nobody in", async () => {
    await using world = await createGoogleWorld();
    const eve = await world.person("Eve");
    const browser = world.browser(eve);
    const back = await consent(await world.begin(browser, eve));
    // Ann signs in with the browser in which Eve has begun: her calendars must not become Eve's, nor Eve's hers.
    browser.cookies.set("jarvis", world.ann.token);
    expect(where(await browser.open(back))).toBe(refused);
    expect(browser.cookies.get("jarvis")).toBe(world.ann.token);
    browser.cookies.delete("jarvis");
    const nobody = await browser.open(back);
    expect([where(nobody), nobody.headers.getSetCookie()]).toEqual([refused, []]);
    expect([world.google.oauth.redeemed, await kinds(world), await kinds(world, eve.id)]).toEqual([
      0,
      [],
      [],
    ]);
    browser.cookies.set("jarvis", eve.token);
    expect(where(await browser.open(back))).toBe(connected);
    expect([await kinds(world), await kinds(world, eve.id)]).toEqual([[], ["google"]]);
  });

  test("does not count for whoever was signed out in the middle", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    world.google.faults.push(async (url) => {
      if (!url.pathname.endsWith("/events")) return undefined;
      expectOk(await world.ann.call("PUT", `/user/${world.ann.id}/logout`));
      return failures.backend();
    });
    expect(where(await browser.open(back))).toBe(refused);
    expect(await kinds(world)).toEqual([]);
    await until(() => world.google.oauth.revoked.length === 1);
  });

  test("counts for ten minutes, by a clock that may step", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    world.clock.set(world.clock.now() + 10 * 60_000);
    expect(where(await browser.open(back))).toBe(refused);
    await world.begin(browser);
    world.clock.set(world.clock.now() - 60 * 60_000);
    await runHousekeeping(world.server.ctx);
    expect(await flows(world)).toBe(1);
    world.clock.set(world.clock.now() + 2 * 60 * 60_000);
    await runHousekeeping(world.server.ctx);
    expect(await flows(world)).toBe(0);
  });

  test.each([
    ["another state", (url: URL) => url.searchParams.set("state", "somebody-elses-state-0123456789")],
    ["no state", (url: URL) => url.searchParams.delete("state")],
    ["a made-up code", (url: URL) => url.searchParams.set("code", "made-up")],
    ["no code", (url: URL) => url.searchParams.delete("code")],
    ["the iss of somebody else", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
  ])("is refused with %s", async (_, change) => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const url = new URL(await consent(await world.begin(browser)), world.url);
    change(url);
    expect(where(await browser.open(url.pathname + url.search))).toBe(refused);
    expect([world.google.oauth.redeemed, await kinds(world)]).toEqual([0, []]);
  });

  test("is refused with the code of somebody else: it redeems with their verifier alone", async () => {
    await using world = await createGoogleWorld();
    const eve = await world.person("Eve");
    const mine = world.browser();
    const stolen = new URL(await consent(await world.begin(mine)), world.url).searchParams.get("code") ?? "";
    const thief = world.browser(eve);
    const url = new URL(await consent(await world.begin(thief, eve)), world.url);
    url.searchParams.set("code", stolen);
    expect(where(await thief.open(url.pathname + url.search))).toBe(refused);
    expect([world.google.oauth.redeemed, await kinds(world, eve.id)]).toEqual([0, []]);
  });

  test("is not one for signing in, nor the other way round", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const back = await consent(await world.begin(browser));
    const asSignIn = back.replace("/auth/google/calendar/callback", "/auth/google/callback");
    expect(where(await browser.open(asSignIn))).toBe("/app/sign-in?error=unauthenticated");
    expect(where(await browser.open(back))).toBe(connected);
  });
});

describe("a person who", () => {
  test("says no at Google is back with nothing connected, and may try again", async () => {
    await using world = await createGoogleWorld();
    world.google.oauth.answer = "deny";
    const browser = world.browser();
    expect(where(await world.connect(browser))).toBe("/app/calendars?error=forbidden");
    expect([await kinds(world), await flows(world), [...browser.cookies.keys()]]).toEqual([
      [],
      0,
      ["jarvis"],
    ]);
    world.google.oauth.answer = "allow";
    expect(where(await world.connect(browser))).toBe(connected);
  });

  test("leaves the calendars out of the consent leaves no grant behind", async () => {
    await using world = await createGoogleWorld();
    world.google.oauth.answer = "leave the scope out";
    expect(where(await world.connect())).toBe("/app/calendars?error=forbidden");
    await until(() => world.google.oauth.revoked.length === 1);
    expect(await kinds(world)).toEqual([]);
  });

  test.each([
    ["/token", 20],
    ["/calendarList", 20],
    ["/events", 20],
  ])("comes back while Google is down (%s) is told so, and leaves no grant behind", async (path, times) => {
    await using world = await createGoogleWorld();
    for (let n = 0; n < times; n++) world.google.faults.push(once(path, failures.proxy));
    expect(where(await world.connect())).toBe("/app/calendars?error=unavailable");
    expect(await kinds(world)).toEqual([]);
    if (path !== "/token") await until(() => world.google.oauth.revoked.length === 1);
    world.google.faults.length = 0;
    expect(where(await world.connect())).toBe(connected);
  });

  test("has all the calendars there may be gets no more", async () => {
    await using world = await createGoogleWorld();
    const browser = world.browser();
    const late = await consent(await world.begin(browser));
    const text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";
    const file = () => new Blob([text], { type: "text/calendar" });
    for (let n = 0; n < 20; n++)
      expectOk(await world.ann.call("POST", `/user/${world.ann.id}/calendars`, file()), 201);
    expect(where(await browser.open(late))).toBe("/app/calendars?error=limit_exceeded");
    await until(() => world.google.oauth.revoked.length === 1);
    const answer = await world.ann.call("POST", `/user/${world.ann.id}/calendars`, { google: true });
    expect(answer.body["code"]).toBe("limit_exceeded");
  });

  test("connects the same account twice at once has it once", async () => {
    await using world = await createGoogleWorld();
    const browsers = [world.browser(), world.browser()];
    const backs = await Promise.all(browsers.map(async (browser) => consent(await world.begin(browser))));
    const answers = await Promise.all(browsers.map((browser, index) => browser.open(backs[index] ?? "")));
    expect(answers.map(where)).toEqual([connected, connected]);
    expect([world.google.oauth.redeemed, await kinds(world), world.google.oauth.revoked]).toEqual([
      2,
      ["google"],
      [],
    ]);
  });

  test("begins in the name of somebody else is refused", async () => {
    await using world = await createGoogleWorld();
    const eve = await world.person("Eve");
    const answer = await eve.call("POST", `/user/${world.ann.id}/calendars`, { google: true });
    expect([answer.status, await flows(world)]).toEqual([404, 0]);
    const foreign = await world
      .browser()
      .call("POST", `/user/${world.ann.id}/calendars`, { google: true }, "https://evil.example");
    expect([foreign.status, await flows(world)]).toEqual([403, 0]);
  });
});
