import { describe, expect, test } from "bun:test";
import { basic, C, D, davRequest, subscribe } from "./support/dav.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const hour = 3_600;

export async function plan(world: World, person: Person, name: string, inHours: number, duration = hour) {
  const start = Math.floor(world.clock.now() / 1_000) + inHours * hour;
  const { response } = await person.call("POST", "/event", { name, start_time: start, duration });
  return { id: String(response.id), start };
}

function propfindOf(...names: string[]): string {
  return `<propfind xmlns="DAV:" xmlns:C="${C}" xmlns:CS="http://calendarserver.org/ns/"><prop>${names.map((name) => `<${name}/>`).join("")}</prop></propfind>`;
}

describe("a client that knows the host alone", () => {
  test("finds its way to the calendar", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await subscribe(world, ada);
    const { id } = await plan(world, ada, "Dinner", 2);
    for (const method of ["GET", "PROPFIND", "OPTIONS"]) {
      const moved = await davRequest(world.url, method, "/.well-known/caldav");
      expect([moved.status, moved.headers.get("location")]).toEqual([301, "/dav/"]);
    }
    const options = await davRequest(world.url, "OPTIONS", "/dav/");
    expect(options.status).toBe(200);
    expect(options.headers.get("dav")).toBe("1, calendar-access");
    expect(options.headers.get("allow")).toBe("OPTIONS, GET, HEAD, PROPFIND, REPORT");
    const root = await phone.request("PROPFIND", "/dav/", {
      depth: "0",
      body: propfindOf("current-user-principal"),
    });
    expect(root.status).toBe(207);
    expect(root.responses.get("/dav/")?.found.get(`{${D}}current-user-principal`)?.children[0]?.text).toBe(
      phone.principal,
    );
    const home = await phone.request("PROPFIND", phone.principal, {
      depth: "0",
      body: propfindOf("C:calendar-home-set"),
    });
    expect(home.responses.get(phone.principal)?.found.get(`{${C}}calendar-home-set`)?.children[0]?.text).toBe(
      phone.principal,
    );
    const calendars = await phone.request("PROPFIND", phone.principal, { depth: "1" });
    expect([...calendars.responses.keys()]).toEqual([phone.principal, phone.calendar]);
    const objects = await phone.request("PROPFIND", phone.calendar, {
      depth: "1",
      body: propfindOf("getetag", "C:nothing"),
    });
    expect([...objects.responses.keys()]).toEqual([phone.calendar, `${phone.calendar}${id}.ics`]);
    const object = await phone.request("GET", `${phone.calendar}${id}.ics`);
    expect(object.text).toContain("SUMMARY:Dinner");
  });
  test("is asked for the secret", async () => {
    await using world = await createWorld();
    const answer = await davRequest(world.url, "PROPFIND", "/dav/", {
      depth: "0",
      authorization: basic("x"),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toStartWith("Basic ");
  });
});
