import { describe, expect, test } from "bun:test";
import { limits, userStream } from "@jarvis/contract";
import { createClient, JarvisError } from "@jarvis/sdk";
import {
  at,
  busyMs,
  calendarFile,
  calendarsOf,
  connectUrl,
  createCalendarWorld,
  dentist,
  dentistMs,
  ics,
  importFile,
  quarterMs,
  refresh,
  sendFile,
  sendUrl,
} from "./support/calendars.ts";
import { codeOf, entriesOf, expectOk } from "./support/events.ts";
import { innerForms } from "./support/inner-addresses.ts";
import { until } from "./support/photos.ts";
import { rawRequest } from "./support/raw-request.ts";
import { searchStore } from "./support/search-store.ts";
import { createWorld, type Person } from "./support/world.ts";
import { aboutFiles } from "./support/store-address.ts";

const hour = 60 * 60_000;

describe("a file", () => {
  test.skipIf(aboutFiles)(
    "gives the times in which its owner is busy, and nothing else is kept of it",
    async () => {
      await using world = await createWorld();
      const { ann } = await world.people("ann");
      const lines = ["SUMMARY:Canary summary", "LOCATION:Canary place", "DESCRIPTION:Canary note"];
      lines.push("ATTENDEE;CN=Canary:mailto:canary@example.org", "URL:https://canary.example", "X-CANARY:1");
      const calendar = await importFile(ann, ics([...dentist, ...lines]), "?name=Work%20%26%20home");
      expect(calendar).toMatchObject({
        kind: "file",
        name: "Work & home",
        host: null,
        state: "ok",
        events: 1,
      });
      expect(calendar).toMatchObject({ error: null, skipped: [], next_ms: null });
      expect(await busyMs(world, ann)).toEqual([[dentistMs, dentistMs + 2 * quarterMs]]);
      expect(await calendarsOf(ann)).toEqual([calendar]);
      await world.stop();
      expect(searchStore(`${world.directory}/jarvis.db`, ["canary", "dentist"])).toEqual([]);
      const files = Bun.spawnSync(["cat", `${world.directory}/jarvis.db`]).stdout.toString("latin1");
      expect(files.toLowerCase()).not.toContain("canary");
    },
  );

  test("is refused where it is none, is too large or of another type", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const path = `/user/${ann.id}/calendars`;
    expect(codeOf(await sendFile(ann, "hello"))).toBe("invalid_input");
    expect(codeOf(await sendFile(ann, ""))).toBe("invalid_input");
    expect(codeOf(await sendFile(ann, new Uint8Array(limits.calendarBytes + 1)))).toBe("too_large");
    const fits = ics(dentist) + "x".repeat(limits.calendarBytes - ics(dentist).length);
    expect((await sendFile(ann, fits)).status).toBeLessThan(413);
    const plain = new Blob([ics(dentist)], { type: "text/plain" });
    expect(codeOf(await ann.call("POST", path, plain))).toBe("unsupported_media_type");
    expect(codeOf(await ann.call("POST", path, ics(dentist)))).toBe("invalid_input"); // said to be JSON
    const long = `?name=${"x".repeat(limits.calendarNameCodePoints + 1)}`;
    expect(codeOf(await sendFile(ann, ics(dentist), long))).toBe("limit_exceeded");
    const upper = new Blob([ics(dentist)], { type: "text/calendar;charset=utf-8" });
    expectOk(await ann.call("POST", path, upper), 201);
  });

  test("that says nothing of its length is read only as far as it may be long", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
    });
    const headers = { authorization: `Bearer ${ann.token}`, "content-type": "text/calendar" };
    const path = `${world.url}/user/${ann.id}/calendars`;
    const answer = await fetch(path, { method: "POST", headers, body: endless }).catch(String);
    expect(typeof answer === "string" ? 413 : answer.status).toBe(413);
    expect(await calendarsOf(ann)).toEqual([]);
  });

  test("that arrives byte by byte is cut", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const head = `POST /user/${ann.id}/calendars HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n`;
    const headers = `authorization: Bearer ${ann.token}\r\ncontent-type: text/calendar\r\ncontent-length: 900\r\n\r\n`;
    const request = await rawRequest(world.url, `${head}${headers}BEGIN:`);
    expectOk(await ann.call("GET", `/user/${ann.id}/calendars`)); // what was sent before has been read
    world.clock.advance(10_000);
    expect(await request.answer).toStartWith("HTTP/1.1 400");
  });
});

describe("an address", () => {
  test("is read at once, shown by its host alone, and told to the person's connections", async () => {
    await using scene = await createCalendarWorld();
    const { ann } = await scene.world.people("ann");
    const secret = "https://calendar.example/private-s3cr3t/basic.ics?key=s3cr3t";
    const calendar = await connectUrl(ann, secret.replace("https", "http"));
    expect(calendar).toMatchObject({
      kind: "url",
      name: "calendar.example",
      host: "calendar.example",
      events: 1,
    });
    expect(calendar.next_ms).toBeGreaterThanOrEqual(scene.world.clock.now() + hour);
    expect(calendar.next_ms).toBeLessThanOrEqual(scene.world.clock.now() + 1.1 * hour);
    expect(await busyMs(scene.world, ann)).toEqual([[dentistMs, dentistMs + 2 * quarterMs]]);
    const entries = await entriesOf(scene.world, userStream(ann.id));
    expect(entries.at(-1)).toMatchObject({ kind: "calendar", data: { id: calendar.id, state: "ok" } });
    expect(JSON.stringify([await calendarsOf(ann), entries, calendar])).not.toContain("s3cr3t");
    expect(expectOk(await refresh(ann, calendar))).toMatchObject({ id: calendar.id, state: "ok" });
    expect(scene.site.requests).toHaveLength(2);
  });

  test("that cannot be read is refused with one sentence, whatever the reason", async () => {
    await using scene = await createCalendarWorld();
    scene.answering.answer = ({ url }) =>
      url.endsWith("/404") ? new Response(ics(dentist), { status: 404 }) : new Response("<html>");
    const urls = ["http://a.example/404", "http://a.example/html", "http://nas.lan/", "http://127.0.0.1/"];
    urls.push(
      "http://no.such.name/",
      "https://a.example/",
      "ftp://a.example/",
      "nonsense",
      "http://a.example:22/",
    );
    const people = await Promise.all(urls.map((_, index) => scene.world.person(`p${index}`)));
    const answers = await Promise.all(people.map((person, index) => sendUrl(person, urls[index] ?? "")));
    const told = answers.map(({ status, body }) =>
      JSON.stringify([status, body["code"], body["detail"], body["errors"]]),
    );
    expect(new Set(told).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 400, body: { code: "invalid_input" } });
    expect(scene.trap.requests).toEqual([]);
    for (const person of people) expect(await calendarsOf(person)).toEqual([]);
  });

  test("case 94: in no form leads inside: the same answer within a second, and nobody is called", async () => {
    await using scene = await createCalendarWorld();
    const { world, network, trap, site } = scene;
    const wrong: string[] = [];
    const answers = new Set<string>();
    const people = await Promise.all(Array.from({ length: 30 }, (_, index) => world.person(`p${index}`)));
    const rest = innerForms.values();
    const worker = async (person: Person): Promise<void> => {
      for (const url of rest) {
        const began = performance.now();
        const { status, body } = await sendUrl(person, url);
        if (performance.now() - began > 1_000) wrong.push(`${url} is slow`);
        answers.add(JSON.stringify([status, body["code"], body["detail"], body["errors"]]));
      }
    };
    await Promise.all(people.map(worker));
    expect({ wrong, answers: answers.size }).toEqual({ wrong: [], answers: 1 });
    expect([network.dialled, trap.requests, site.requests]).toEqual([[], [], []]);
  });

  test("case 94: neither time nor text tells a closed port from what was refused or found to be something else", async () => {
    await using scene = await createCalendarWorld();
    const { ann } = await scene.world.people("ann");
    scene.answering.answer = ({ url }) =>
      new Response("<html>", { status: url.endsWith("/404") ? 404 : 200 });
    await sendFile(ann, "starts the process that reads calendars");
    const times = new Map<string, number[]>();
    const urls = [
      "http://a.example/404",
      "http://a.example/html",
      "http://nas.lan/",
      "http://127.0.0.1:1/",
      "https://a.example/",
    ];
    for (let round = 0; round < 2; round++) {
      for (const url of urls) {
        const began = performance.now();
        expect(codeOf(await sendUrl(ann, url))).toBe("invalid_input");
        times.set(url, [...(times.get(url) ?? []), performance.now() - began]);
      }
    }
    const quickest = [...times.values()].map((each) => Math.min(...each));
    expect(Math.min(...quickest)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...quickest) - Math.min(...quickest)).toBeLessThanOrEqual(50);
  }, 20_000);
});

describe("limits", () => {
  test("the last place is taken once, however many come for it", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    for (let made = 1; made < limits.calendars; made++) await importFile(ann, ics(dentist));
    const answers = await Promise.all([1, 2].map(() => sendFile(ann, ics(dentist))));
    expect(answers.map(codeOf).toSorted()).toEqual([201, "limit_exceeded"]);
    expect(await calendarsOf(ann)).toHaveLength(limits.calendars);
    expect(codeOf(await sendFile(ann, ics(dentist)))).toBe("limit_exceeded");
  });

  test("20 an hour are connected and read again, of each person", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann, ben } = await world.people("ann", "ben");
    for (let tried = 0; tried < 20; tried++) expect(codeOf(await sendFile(ann, "no"))).toBe("invalid_input");
    expect(codeOf(await sendFile(ann, ics(dentist)))).toBe("too_many_requests");
    expectOk(await sendFile(ben, ics(dentist)), 201);
  });

  test("whoever brings much expensive work keeps the others waiting for one piece of it at most", async () => {
    await using world = await createWorld();
    const { ann, ben } = await world.people("ann", "ben");
    const { turns } = world.server.ctx.calendarWork;
    const { promise: expensive, resolve: end } = Promise.withResolvers<void>();
    const held = turns.run(ann.id, () => expensive);
    const waiting = [sendFile(ann, ics(dentist)), sendFile(ann, ics(dentist))];
    await importFile(ben, ics(dentist));
    expect(await calendarsOf(ann)).toEqual([]);
    end();
    await held;
    for (const answer of await Promise.all(waiting)) expectOk(answer, 201);
  });
});

describe("what is somebody's", () => {
  test("only its owner reads it again and removes it, at once with every time that it gave", async () => {
    await using world = await createWorld();
    const { ann, ben } = await world.people("ann", "ben");
    const calendar = await importFile(ann, ics(dentist));
    const path = (person: string) => `/user/${person}/calendars/${calendar.id}`;
    expect(codeOf(await refresh(ann, calendar))).toBe("unsupported");
    expect(codeOf(await ben.call("DELETE", path(ben.id)))).toBe("not_found");
    expect(codeOf(await ben.call("POST", `${path(ben.id)}/refresh`))).toBe("not_found");
    expect(codeOf(await ben.call("DELETE", path(ann.id)))).toBe("not_found");
    expect(await calendarsOf(ann)).toHaveLength(1);
    expectOk(await ann.call("DELETE", path(ann.id)));
    expect(codeOf(await ann.call("DELETE", path(ann.id)))).toBe("not_found");
    expect(await busyMs(world, ann)).toEqual([]);
    const entries = await entriesOf(world, userStream(ann.id));
    expect(entries.map(({ data }) => data)).toEqual([
      { id: calendar.id, state: "ok" },
      { id: calendar.id, removed: true },
    ]);
  });

  test.skipIf(aboutFiles)(
    "an address that was removed is in no file of the store a little later",
    async () => {
      await using scene = await createCalendarWorld();
      const { world } = scene;
      const { ann } = await world.people("ann");
      const { id } = await connectUrl(ann, "http://calendar.example/s3cr3t.ics");
      const files = ["", "-wal"].map((suffix) => `${world.directory}/jarvis.db${suffix}`);
      const isHeld = () =>
        Bun.spawnSync(["cat", ...files])
          .stdout.toString("latin1")
          .includes("s3cr3t");
      expect(isHeld()).toBe(true);
      expectOk(await ann.call("DELETE", `/user/${ann.id}/calendars/${id}`));
      await until(() => {
        world.clock.advance(20_000);
        return !isHeld();
      });
    },
  );

  test("friends see that somebody is busy where the person lets them, merged with events, and nobody else", async () => {
    await using world = await createWorld();
    const { ann, ben, cem } = await world.people("ann", "ben", "cem");
    await world.befriend(ann, ben);
    const scheduleFor = async (viewer: typeof ann) =>
      expectOk(await viewer.call("GET", `/user/${ann.id}/schedule`)).schedule;
    await importFile(ann, ics(dentist, at("20300602T153500Z", "20300602T155000Z")));
    expect(await scheduleFor(ben)).toEqual([]);
    expectOk(await ann.call("PATCH", `/user/${ann.id}`, { busy_for: "friends" }));
    const busy = { start_time: `${dentistMs / 1_000}`, duration: "3600", busy: true };
    expect(await scheduleFor(ben)).toEqual([busy]);
    expect(codeOf(await cem.call("GET", `/user/${ann.id}/schedule`))).toBe("not_found");
    expect(await scheduleFor(ann)).toEqual([]);
  });

  test("the export has the address, which is the owner's, and how much of their time is busy", async () => {
    await using scene = await createCalendarWorld();
    const { ann, ben } = await scene.world.people("ann", "ben");
    const url = "http://calendar.example/s3cr3t.ics";
    const calendar = await connectUrl(ann, url, "Work");
    const exported = async (person: typeof ann) =>
      expectOk(await person.call("GET", `/user/${person.id}/export`)).calendars;
    expect(await exported(ann)).toEqual([{ ...calendar, url, time_zone: "UTC", busy_quarters: 2 }]);
    expect(await exported(ben)).toEqual([]);
  });
});

test("the SDK connects an address, sends a file and reads again", async () => {
  await using scene = await createCalendarWorld();
  const { ann } = await scene.world.people("ann");
  const { calendars } = createClient({ baseUrl: scene.world.url, token: ann.token });
  const file = await calendars.addCalendar({ id: ann.id, name: "Work", document: ics(dentist) });
  expect(file).toMatchObject({ kind: "file", name: "Work" });
  const blob = await calendars.addCalendar({ id: ann.id, document: calendarFile(ics(dentist)) });
  expect(blob).toMatchObject({ kind: "file", name: "Calendar" });
  const url = await calendars.addCalendar({ id: ann.id, name: "Team", url: "http://a.example/" });
  expect(url).toMatchObject({ kind: "url", name: "Team" });
  if (!("id" in url)) throw new Error("not a calendar");
  expect(await calendars.refreshCalendar({ id: ann.id, calendar: url.id })).toMatchObject({ state: "ok" });
  expect(await calendars.listCalendars({ id: ann.id })).toHaveLength(3);
  expect(await calendars.removeCalendar({ id: ann.id, calendar: url.id })).toBe("success");
  const refused = await calendars
    .addCalendar({ id: ann.id, url: "http://127.0.0.1/" })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(JarvisError);
  expect(refused).toMatchObject({ code: "invalid_input" });
});
