import { describe, expect, test } from "bun:test";
import { basic, C, D, davRequest, plan, propfindBody, queryBody, subscribe } from "./support/dav.ts";
import { createWorld } from "./support/world.ts";

describe("a client that knows the host alone", () => {
  test("is led to the calendar, whatever it asks with", async () => {
    await using world = await createWorld();
    for (const method of ["GET", "PROPFIND", "OPTIONS"]) {
      const moved = await davRequest(world.url, method, "/.well-known/caldav");
      expect([moved.status, moved.headers.get("location")]).toEqual([301, "/dav/"]);
    }
  });

  test("is told what the server can do, and that it schedules and locks nothing", async () => {
    await using world = await createWorld();
    const options = await davRequest(world.url, "OPTIONS", "/dav/");
    expect([options.status, options.headers.get("dav")]).toEqual([200, "1, calendar-access"]);
    expect(options.headers.get("allow")).toBe("OPTIONS, GET, HEAD, PROPFIND, REPORT");
  });

  test("goes from the root over the person and their home to the events", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const { id } = await plan(world, ada, "Dinner", 2);
    const hrefIn = async (path: string, name: string) => {
      const answer = await phone.request("PROPFIND", path, { depth: "0", body: propfindBody(name) });
      const [namespace, local] = name.startsWith("C:") ? [C, name.slice(2)] : [D, name];
      return answer.responses.get(path)?.found.get(`{${namespace}}${local}`)?.children[0]?.text;
    };
    expect(await hrefIn("/dav/", "current-user-principal")).toBe(phone.principal);
    expect(await hrefIn(phone.principal, "C:calendar-home-set")).toBe(phone.principal);
    const home = await phone.request("PROPFIND", phone.principal, { depth: "1" });
    expect([...home.responses.keys()]).toEqual([phone.principal, phone.calendar]);
    const events = await phone.request("PROPFIND", phone.calendar, {
      depth: "1",
      body: propfindBody("getetag"),
    });
    const address = `${phone.calendar}${id}.ics`;
    expect([...events.responses.keys()]).toEqual([phone.calendar, address]);
    const object = await phone.request("GET", address);
    expect(object.text).toContain("SUMMARY:Dinner\r\n");
    const etag = events.responses.get(address)?.found.get(`{${D}}getetag`)?.text;
    expect(object.headers.get("etag")).toBe(etag ?? "");
    const again = await phone.request("GET", address, { headers: { "if-none-match": etag ?? "" } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const head = await phone.request("HEAD", address);
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", etag ?? ""]);
  });

  test("finds a collection without its slash, and is told its own address", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    for (const path of ["/dav/", phone.principal, phone.calendar]) {
      const answer = await phone.request("PROPFIND", path.slice(0, -1), { depth: "0" });
      expect([...answer.responses.keys()]).toEqual([path]);
      expect(answer.headers.get("content-location")).toBe(path);
    }
  });
});

describe("who may look", () => {
  test.each([
    ["nothing", null],
    ["a wrong secret", basic("x".repeat(43))],
    ["no secret", basic("")],
    ["a bearer", "Bearer abc"],
    ["what is no base64", "Basic ?"],
    ["no colon", `Basic ${Buffer.from("abc").toString("base64")}`],
  ])("with %s is asked for a password", async (_, authorization) => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    for (const [method, path] of [
      ["PROPFIND", "/dav/"],
      ["REPORT", phone.calendar],
      ["GET", `${phone.calendar}x.ics`],
      ["PUT", `${phone.calendar}x.ics`],
      ["PROPFIND", "/dav/nothing/"],
    ] as const) {
      const answer = await davRequest(world.url, method, path, { authorization, depth: "0" });
      expect([method, answer.status]).toEqual([method, 401]);
      expect(answer.headers.get("www-authenticate")).toBe('Basic realm="Jarvis calendar", charset="UTF-8"');
    }
  });

  test("a session token, and the secret of busy times, open nothing", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada, "freebusy");
    for (const authorization of [basic(ada.token), `Bearer ${ada.token}`, phone.authorization])
      expect((await davRequest(world.url, "PROPFIND", "/dav/", { authorization, depth: "0" })).status).toBe(
        401,
      );
  });

  test("any user name will do", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { secret } = await subscribe(world, ada);
    for (const user of ["", "ada@example.org", "Müller"]) {
      const answer = await davRequest(world.url, "PROPFIND", "/dav/", {
        authorization: basic(secret, user),
        depth: "0",
      });
      expect(answer.status).toBe(207);
    }
  });

  test("of another person's calendar there is nothing", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const phone = await subscribe(world, ada);
    const other = await subscribe(world, bob);
    const { id } = await plan(world, bob, "Secret", 2);
    for (const path of [
      other.principal,
      other.calendar,
      `${other.calendar}${id}.ics`,
      `${phone.calendar}${id}.ics`,
    ]) {
      expect((await phone.request("PROPFIND", path, { depth: "0" })).status).toBe(404);
      expect((await phone.request("GET", path)).status).toBe(404);
    }
    const hrefs = [`${other.calendar}${id}.ics`, `${phone.calendar}${id}.ics`];
    const body = `<C:calendar-multiget xmlns="DAV:" xmlns:C="${C}"><prop><C:calendar-data/></prop>${hrefs.map((href) => `<href>${href}</href>`).join("")}</C:calendar-multiget>`;
    const answer = await phone.request("REPORT", phone.calendar, { body });
    expect([...answer.responses].map(([href, { status }]) => [href, status])).toEqual(
      hrefs.map((href) => [href, 404]),
    );
    expect(answer.text).not.toContain("Secret");
  });

  test("what somebody declines, or is removed from, is gone with the next request", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    await world.befriend(ada, bob);
    const phone = await subscribe(world, bob);
    const dinner = await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    const walk = await plan(world, ada, "Walk", 5, { people: [bob.id] });
    const both = [`${dinner.id}.ics`, `${walk.id}.ics`];
    expect(await phone.query('<c:comp-filter name="VEVENT"/>')).toEqual(both);
    await bob.call("PUT", `/event/${dinner.id}/rsvp`, { status: "declined" });
    expect(await phone.query('<c:comp-filter name="VEVENT"/>')).toEqual([`${walk.id}.ics`]);
    await ada.call("DELETE", `/event/${walk.id}/people/${bob.id}`);
    expect(await phone.query('<c:comp-filter name="VEVENT"/>')).toEqual([]);
    for (const name of both) expect((await phone.request("GET", phone.calendar + name)).status).toBe(404);
  });

  test("wrong secrets are slowed down by address; asking without one is not", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const ask = (authorization: string | null) =>
      davRequest(world.url, "PROPFIND", "/dav/", { authorization, depth: "0" });
    for (let i = 0; i < 20; i++) expect((await ask(null)).status).toBe(401);
    for (let i = 0; i < 10; i++) expect((await ask(basic(`wrong${i}`))).status).toBe(401);
    const refused = await ask(basic("wrong"));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
    // A secret that is right is no way to find out which are.
    expect((await ask(phone.authorization)).status).toBe(429);
  });

  test("no password is asked for on a way that bypasses the certificate", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
    const { ada } = await world.people("ada");
    const { authorization } = await subscribe(world, ada);
    const by = (host: string) =>
      davRequest(world.url, "PROPFIND", "/dav/", { authorization, depth: "0", headers: { host } });
    for (const host of ["jarvis.example", "JARVIS.example:443", "localhost:3000", "127.0.0.1", "[::1]:3000"])
      expect([host, (await by(host)).status]).toEqual([host, 207]);
    for (const host of ["192.168.1.20", "192.168.1.20:3000", "[fe80::1]:3000"]) {
      const refused = await by(host);
      expect([refused.status, refused.headers.has("www-authenticate")]).toEqual([403, false]);
    }
  });

  test("what was asked is in no log", async () => {
    await using world = await createWorld({ env: { JARVIS_LOG_LEVEL: "debug" } });
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const { id } = await plan(world, ada, "Dinner", 2);
    await phone.request("GET", `${phone.calendar}${id}.ics`);
    await phone.request("GET", `${phone.calendar}${id}x.ics`);
    await davRequest(world.url, "PROPFIND", "/dav/", { authorization: basic("guessed-secret") });
    const lines = JSON.stringify(world.logged);
    expect(lines).toContain('"route":"/dav/"');
    for (const secret of [phone.secret, ada.id, id, phone.authorization.slice(6), "guessed-secret"])
      expect(lines).not.toContain(secret);
  });

  test("requests are counted by method, and never by who or what they name", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    for (const method of ["PROPFIND", "MKCALENDAR", "SEARCH"])
      for (const path of ["/dav/", phone.principal, phone.calendar])
        await phone.request(method, path, { depth: "0" });
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    const counted = /^jarvis_http_request_duration_seconds_count\{.*route="\/dav\/.*$/gm;
    expect(metrics.match(counted)?.map((line) => /method="(\w+)".* (\d+)$/.exec(line)?.slice(1))).toEqual([
      ["PROPFIND", "3"],
      ["other", "6"],
    ]);
  });

  test("pages of other origins are told nothing", async () => {
    const origin = "https://pages.example";
    await using world = await createWorld({ env: { JARVIS_CORS_ORIGINS: origin } });
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    for (const method of ["OPTIONS", "PROPFIND"]) {
      const headers = { origin, "access-control-request-method": "PROPFIND" };
      const answer = await phone.request(method, "/dav/", { depth: "0", headers });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("what would change something", () => {
  test.each("PUT POST PATCH DELETE PROPPATCH MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK ACL".split(" "))(
    "%s is refused by the privilege that it would need",
    async (method) => {
      await using world = await createWorld();
      const { ada } = await world.people("ada");
      const phone = await subscribe(world, ada);
      const { id } = await plan(world, ada, "Dinner", 2);
      for (const path of [
        `${phone.calendar}${id}.ics`,
        `${phone.calendar}new.ics`,
        phone.calendar,
        "/dav/new/",
      ]) {
        const answer = await phone.request(method, path, { body: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" });
        expect([answer.status, answer.precondition]).toEqual([403, `{${D}}need-privileges`]);
      }
      expect(await phone.query('<c:comp-filter name="VEVENT"/>')).toEqual([`${id}.ics`]);
    },
  );

  test("methods that mean nothing here are named as such", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    for (const [method, path] of [
      ["SEARCH", phone.calendar],
      ["GET", phone.calendar],
      ["HEAD", "/dav/"],
    ] as const) {
      const answer = await phone.request(method, path);
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([
        method,
        405,
        "OPTIONS, GET, HEAD, PROPFIND, REPORT",
      ]);
    }
  });
});

describe("a request that is wrong", () => {
  const query = queryBody("");
  test.each([
    ["PROPFIND", "", { depth: "infinity" }, 403, `{${D}}propfind-finite-depth`],
    ["PROPFIND", "", {}, 403, `{${D}}propfind-finite-depth`],
    ["PROPFIND", "", { depth: "2" }, 400, undefined],
    ["PROPFIND", "", { depth: "1", body: "<propfind" }, 400, undefined],
    ["PROPFIND", "", { depth: "1", body: '<propfind xmlns="urn:x"/>' }, 400, undefined],
    ["PROPFIND", "", { depth: "1", body: '<propfind xmlns="DAV:"/>' }, 400, undefined],
    ["PROPFIND", "", { depth: "1", body: "\u0000" }, 400, undefined],
    ["PROPFIND", "", { depth: "1", body: `${" ".repeat(66_000)}<a/>` }, 413, undefined],
    ["REPORT", "", { depth: "1", body: "" }, 400, undefined],
    ["REPORT", "", { depth: "1", body: '<a xmlns="urn:x"/>' }, 403, `{${D}}supported-report`],
    ["REPORT", "..", { depth: "1", body: query }, 403, `{${D}}supported-report`],
    ["REPORT", "", { depth: "0", body: query }, 400, undefined],
    ["REPORT", "", { depth: "3", body: query }, 400, undefined],
    ["REPORT", "", { depth: "1", body: query.replace(">", `>${" ".repeat(66_000)}`) }, 413, undefined],
    ["REPORT", "nothing/", { depth: "1", body: query }, 404, undefined],
    ["PROPFIND", "%ff", { depth: "1" }, 404, undefined],
    ["PROPFIND", "/", { depth: "1" }, 404, undefined],
  ])("%s %p %j is told so: %i %s", async (method, path, options, status, precondition) => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const answer = await phone.request(method, phone.calendar + path, options);
    expect([answer.status, answer.precondition]).toEqual([status, precondition]);
  });

  test("may send its body without saying how long it is", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const send = (text: string) =>
      fetch(`${world.url}${phone.calendar}`, {
        method: "PROPFIND",
        headers: { authorization: phone.authorization, depth: "0" },
        body: new Blob([text]).stream(),
      });
    expect((await send(propfindBody("displayname"))).status).toBe(207);
    expect((await send(" ".repeat(70_000))).status).toBe(413);
  });
});
