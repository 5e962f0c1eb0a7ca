import { describe, expect, test } from "bun:test";
import { C, CS, D, davRequest, plan, subscribe, type Subscriber } from "./support/dav.ts";
import { createWorld, type World } from "./support/world.ts";

/** Requests in the order and the words, as far as they matter, in which well-known clients send them. */

async function setUp(world: World) {
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const phone = await subscribe(world, bob);
  const dinner = await plan(world, ada, "Dinner", 2, { people: [bob.id] });
  return { ada, bob, phone, dinner, address: `${phone.calendar}${dinner.id}.ics` };
}

/** Follows a client to the server: it asks first without its password, and again when it is asked for it. */
async function challenged(
  world: World,
  phone: Subscriber,
  method: string,
  path: string,
  body: string,
  depth = "0",
) {
  const first = await davRequest(world.url, method, path, { body, depth });
  expect([first.status, first.headers.get("www-authenticate")]).toEqual([
    401,
    expect.stringMatching(/^Basic realm="/),
  ]);
  return phone.request(method, path, { body, depth });
}

test("iOS and macOS add the account, fetch and come back", async () => {
  await using world = await createWorld();
  const { ada, phone, dinner, address } = await setUp(world);
  const principalOf = `<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:"><A:prop><A:current-user-principal/><A:principal-URL/><A:resourcetype/></A:prop></A:propfind>`;
  const moved = await davRequest(world.url, "PROPFIND", "/.well-known/caldav", {
    body: principalOf,
    depth: "0",
  });
  expect([moved.status, moved.headers.get("location")]).toEqual([301, "/dav/"]);
  const root = await challenged(world, phone, "PROPFIND", "/dav/", principalOf);
  const found = root.responses.get("/dav/");
  expect(found?.found.get(`{${D}}current-user-principal`)?.children[0]?.text).toBe(phone.principal);
  expect(found?.missing).toEqual([`{${D}}principal-URL`]);
  const options = await phone.request("OPTIONS", phone.principal);
  expect([options.status, options.headers.get("dav")]).toEqual([
    200,
    expect.stringContaining("calendar-access"),
  ]);
  const account = await phone.request("PROPFIND", phone.principal, {
    depth: "0",
    headers: { brief: "t", prefer: "return=minimal" },
    body: `<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:"><A:prop>
  <B:calendar-home-set xmlns:B="${C}"/><B:calendar-user-address-set xmlns:B="${C}"/>
  <A:current-user-principal/><A:displayname/><C:dropbox-home-URL xmlns:C="${CS}"/>
  <C:email-address-set xmlns:C="${CS}"/><C:notification-URL xmlns:C="${CS}"/>
  <A:principal-collection-set/><A:principal-URL/><A:resource-id/>
  <B:schedule-inbox-URL xmlns:B="${C}"/><B:schedule-outbox-URL xmlns:B="${C}"/><A:supported-report-set/>
</A:prop></A:propfind>`,
  });
  const { found: properties, missing } = account.responses.get(phone.principal) ?? {};
  for (const name of ["calendar-home-set", "calendar-user-address-set"])
    expect(properties?.get(`{${C}}${name}`)?.children[0]?.text).toBe(phone.principal);
  expect(properties?.get(`{${D}}displayname`)?.text).toBe("bob");
  // Nothing is scheduled: no inbox is offered.
  expect(missing).toContain(`{${C}}schedule-inbox-URL`);
  const home = await phone.request("PROPFIND", phone.principal, {
    depth: "1",
    body: `<A:propfind xmlns:A="DAV:"><A:prop>
  <A:add-member/><C:allowed-sharing-modes xmlns:C="${CS}"/><D:calendar-color xmlns:D="http://apple.com/ns/ical/"/>
  <B:calendar-description xmlns:B="${C}"/><B:calendar-timezone xmlns:B="${C}"/><A:current-user-privilege-set/>
  <A:displayname/><C:getctag xmlns:C="${CS}"/><A:owner/><C:push-transports xmlns:C="${CS}"/><A:resourcetype/>
  <B:supported-calendar-component-set xmlns:B="${C}"/><A:supported-report-set/><A:sync-token/>
</A:prop></A:propfind>`,
  });
  const calendar = home.responses.get(phone.calendar)?.found;
  const kinds = calendar?.get(`{${D}}resourcetype`)?.children.map(({ name }) => name);
  expect(kinds).toEqual([`{${D}}collection`, `{${C}}calendar`]);
  const privileges = calendar
    ?.get(`{${D}}current-user-privilege-set`)
    ?.children.flatMap(({ children }) => children);
  expect(privileges?.map(({ name }) => name)).toEqual([
    `{${D}}read`,
    `{${D}}read-current-user-privilege-set`,
    `{${C}}read-free-busy`,
  ]);
  const order = await phone.request("PROPPATCH", phone.calendar, {
    body: '<A:propertyupdate xmlns:A="DAV:"><A:set><A:prop><D:calendar-order xmlns:D="http://apple.com/ns/ical/">1</D:calendar-order></A:prop></A:set></A:propertyupdate>',
  });
  expect(order.status).toBe(403);
  const listed = await phone.request("PROPFIND", phone.calendar, {
    depth: "1",
    body: '<A:propfind xmlns:A="DAV:"><A:prop><A:getcontenttype/><A:getetag/></A:prop></A:propfind>',
  });
  expect(listed.responses.get(address)?.found.get(`{${D}}getcontenttype`)?.text).toStartWith("text/calendar");
  const fetched = await phone.request("REPORT", phone.calendar, {
    depth: "1",
    body: `<B:calendar-multiget xmlns:B="${C}"><A:prop xmlns:A="DAV:"><A:getetag/><B:calendar-data/><B:schedule-tag/></A:prop><A:href xmlns:A="DAV:">${address}</A:href></B:calendar-multiget>`,
  });
  expect(fetched.responses.get(address)?.found.get(`{${C}}calendar-data`)?.text).toContain(
    "SUMMARY:Dinner\r\n",
  );
  await ada.call("DELETE", `/event/${dinner.id}`);
  const token = calendar?.get(`{${D}}sync-token`)?.text ?? "";
  const news = await phone.request("REPORT", phone.calendar, {
    body: `<A:sync-collection xmlns:A="DAV:"><A:sync-token>${token}</A:sync-token><A:sync-level>1</A:sync-level><A:prop><A:getetag/><A:getcontenttype/></A:prop></A:sync-collection>`,
  });
  expect([...news.responses.keys()]).toEqual([address]);
});

test("DAVx⁵ detects, refreshes and synchronises", async () => {
  await using world = await createWorld();
  const { phone, address } = await setUp(world);
  const detect = await phone.request("PROPFIND", "/dav/", {
    depth: "0",
    body: `<?xml version='1.0' encoding='UTF-8' ?><propfind xmlns="DAV:" xmlns:CAL="${C}" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop><resourcetype /><displayname /><CAL:calendar-home-set /><CARD:addressbook-home-set /><current-user-principal /></prop></propfind>`,
  });
  expect(detect.responses.get("/dav/")?.found.get(`{${D}}current-user-principal`)?.children[0]?.text).toBe(
    phone.principal,
  );
  expect((await phone.request("OPTIONS", phone.principal)).headers.get("dav")).toContain("calendar-access");
  const collections = await phone.request("PROPFIND", phone.principal, {
    depth: "1",
    body: `<propfind xmlns="DAV:" xmlns:CAL="${C}" xmlns:CS="${CS}"><prop><resourcetype /><displayname /><owner /><current-user-privilege-set /><CAL:calendar-description /><CAL:supported-calendar-component-set /><CS:source /></prop></propfind>`,
  });
  const comps = collections.responses
    .get(phone.calendar)
    ?.found.get(`{${C}}supported-calendar-component-set`)?.children;
  expect(comps?.map(({ attributes }) => attributes.get("name"))).toEqual(["VEVENT"]);
  const state = await phone.request("PROPFIND", phone.calendar, {
    depth: "0",
    body: `<propfind xmlns="DAV:" xmlns:CAL="${C}" xmlns:CS="${CS}"><prop><CAL:max-resource-size /><supported-report-set /><CS:getctag /><sync-token /></prop></propfind>`,
  });
  const reports = state.responses.get(phone.calendar)?.found.get(`{${D}}supported-report-set`)?.children;
  expect(
    reports?.flatMap(({ children }) => children.flatMap((one) => one.children.map(({ name }) => name))),
  ).toContain(`{${D}}sync-collection`);
  const initial = await phone.request("REPORT", phone.calendar, {
    depth: "0",
    body: '<sync-collection xmlns="DAV:"><sync-token /><sync-level>1</sync-level><limit><nresults>750</nresults></limit><prop><getetag /></prop></sync-collection>',
  });
  expect([...initial.responses.keys()]).toEqual([address]);
  const since = new Date(world.clock.now() - 90 * 86_400_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[-:]/g, "");
  const queried = await phone.request("REPORT", phone.calendar, {
    depth: "1",
    body: `<CAL:calendar-query xmlns="DAV:" xmlns:CAL="${C}"><prop><getetag /></prop><CAL:filter><CAL:comp-filter name="VCALENDAR"><CAL:comp-filter name="VEVENT"><CAL:time-range start="${since}Z" /></CAL:comp-filter></CAL:comp-filter></CAL:filter></CAL:calendar-query>`,
  });
  expect([...queried.responses.keys()]).toEqual([address]);
  const data = await phone.request("REPORT", phone.calendar, {
    body: `<CAL:calendar-multiget xmlns="DAV:" xmlns:CAL="${C}"><prop><getcontenttype /><getetag /><CAL:schedule-tag /><CAL:calendar-data content-type="text/calendar" version="2.0" /></prop><href>${address}</href></CAL:calendar-multiget>`,
  });
  expect(data.responses.get(address)?.found.get(`{${C}}calendar-data`)?.text).toContain("SUMMARY:Dinner");
});

test("Thunderbird subscribes, although it sends a depth where there is none", async () => {
  await using world = await createWorld();
  const { phone, address } = await setUp(world);
  const checked = await challenged(
    world,
    phone,
    "PROPFIND",
    phone.calendar,
    `<?xml version="1.0" encoding="UTF-8"?>\n<D:propfind xmlns:D='DAV:' xmlns:CS='${CS}' xmlns:C='${C}'><D:prop><D:resourcetype/><D:owner/><D:current-user-principal/><D:current-user-privilege-set/><D:supported-report-set/><C:supported-calendar-component-set/><CS:getctag/></D:prop></D:propfind>`,
  );
  expect(checked.responses.get(phone.calendar)?.missing).toEqual([]);
  const initial = await phone.request("REPORT", phone.calendar, {
    depth: "1",
    body: '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getcontenttype/><getetag/></prop></sync-collection>',
  });
  expect(initial.responses.get(address)?.found.get(`{${D}}getcontenttype`)?.text).toStartWith(
    "text/calendar",
  );
  const again = await phone.request("REPORT", phone.calendar, {
    depth: "1",
    body: `<sync-collection xmlns="DAV:"><sync-token>${initial.syncToken}</sync-token><sync-level>1</sync-level><prop><getcontenttype/><getetag/></prop></sync-collection>`,
  });
  expect([again.status, again.responses.size]).toEqual([207, 0]);
});

describe("what any client may ask", () => {
  test("names of properties, all of them, and all with some more", async () => {
    await using world = await createWorld();
    const { phone, address } = await setUp(world);
    const ask = async (inner: string, path: string) => {
      const answer = await phone.request("PROPFIND", path, {
        depth: "0",
        body: `<x:propfind xmlns:x="DAV:">${inner}</x:propfind>`,
      });
      const { found } = answer.responses.get(path) ?? {};
      return [...(found ?? [])].map(([name, { text, children }]) => [
        name.replace("{DAV:}", ""),
        text + children.length,
      ]);
    };
    const names = await ask("<x:propname/>", phone.calendar);
    expect(names.every(([, value]) => value === "0")).toBe(true);
    expect(names.map(([name]) => name)).toContain("sync-token");
    const all = await ask("<x:allprop/>", address);
    expect(all.map(([name]) => name)).toEqual([
      "resourcetype",
      "getetag",
      "getcontenttype",
      "getcontentlength",
    ]);
    const more = await ask("<x:allprop/><x:include><x:owner/></x:include>", address);
    expect(more.map(([name]) => name)).toContain("owner");
  });

  test("an object by itself, and whole addresses as well as paths", async () => {
    await using world = await createWorld();
    const { phone, address } = await setUp(world);
    const body = `<b:calendar-multiget xmlns:a="DAV:" xmlns:b="${C}"><a:prop><a:getetag/></a:prop><a:href>https://calendar.example${address}</a:href><a:href>${phone.calendar}none.ics</a:href></b:calendar-multiget>`;
    for (const path of [phone.calendar, address]) {
      const { responses } = await phone.request("REPORT", path, { body });
      expect([...responses].map(([href, { status }]) => [href, status])).toEqual([
        [address, undefined],
        [`${phone.calendar}none.ics`, 404],
      ]);
    }
    const query = `<b:calendar-query xmlns:b="${C}"><b:filter><b:comp-filter name="VCALENDAR"/></b:filter></b:calendar-query>`;
    const { responses } = await phone.request("REPORT", address, { depth: "0", body: query });
    expect([...responses.keys()]).toEqual([address]);
  });

  test("days in a zone of its own, if that has a name that is known", async () => {
    await using world = await createWorld();
    const { phone } = await setUp(world);
    const ask = (zone: string) =>
      phone.request("REPORT", phone.calendar, {
        depth: "1",
        body: `<b:calendar-query xmlns:b="${C}"><b:filter><b:comp-filter name="VCALENDAR"/></b:filter><b:timezone>${zone}</b:timezone></b:calendar-query>`,
      });
    const named = (name: string) =>
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:${name}\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n`;
    expect((await ask(named("Asia/Tokyo"))).status).toBe(207);
    for (const zone of [named("My own"), named("+02:00"), "", "x"])
      expect((await ask(zone)).precondition).toBe(`{${C}}valid-calendar-data`);
  });
});
