import { describe, expect, test } from "bun:test";
import type { UserRef } from "@jarvis/contract";
import { createSignInWorld } from "./support/identities.ts";
import { createWorld, type Person } from "./support/world.ts";

describe("the own profile", () => {
  test("changes as asked, with a version that If-Match compares", async () => {
    await using world = await createWorld();
    const ann = await world.person("ann");
    const path = `/user/${ann.id}`;
    const before = (await ann.call("GET", path)).response;
    expect(before).toMatchObject({
      version: 1,
      time_zone: "UTC",
      locale: "en",
      email: ann.email,
      email_confirmed: true,
    });
    expect(before.settings).toEqual({
      findable: true,
      findable_by_email: false,
      busy_for: "nobody",
      hours: null,
      invites_from: "everyone",
      show_online: true,
      travel_buffer: 0,
      until_arrival: false,
    });
    const change = {
      username: "Ann B",
      time_zone: "Europe/Berlin",
      locale: "de-CH",
      busy_for: "friends",
      findable: false,
    };
    const changed = await ann.call("PATCH", path, change, { "if-match": '"1"' });
    expect(changed.response).toMatchObject({
      username: "Ann B",
      time_zone: "Europe/Berlin",
      locale: "de-CH",
      version: 2,
    });
    expect(changed.response.settings).toMatchObject({
      busy_for: "friends",
      findable: false,
      show_online: true,
    });
    const late = await ann.call("PATCH", path, { username: "late" }, { "if-match": '"1"' });
    expect([late.status, late.body["code"]]).toEqual([412, "changed"]);
    expect((await ann.call("PATCH", path, {})).response.version).toBe(2);
    expect((await ann.call("PATCH", path, { username: "Ann" })).response.version).toBe(3);
    expect((await ann.call("GET", path)).response).toMatchObject({ username: "Ann", version: 3 });
  });

  test("lets exactly one of two changes from the same version through", async () => {
    await using world = await createWorld();
    const ann = await world.person("ann");
    const change = (username: string) =>
      ann.call("PATCH", `/user/${ann.id}`, { username }, { "if-match": '"1"' });
    const statuses = (await Promise.all(["a", "b", "c", "d"].map(change))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 412, 412, 412]);
  });

  test("case 32: takes nothing that is not the caller's to set", async () => {
    await using world = await createSignInWorld();
    const { ann, ben } = await world.people("ann", "ben");
    const { read } = world.server.ctx.db;
    const rows = () => read.selectFrom("user").selectAll().orderBy("id").execute();
    const before = await rows();
    const extras = {
      id: ben.id,
      email: ben.email,
      email_key: "x",
      email_confirmed: true,
      sub: "subject-2",
      iss: "https://accounts.google.com",
      role: "admin",
      isAdmin: true,
      password_hash: "x",
      password: "x".repeat(10),
      version: 99,
      created_ms: 0,
      id_tokens_from_ms: 0,
      username_key: "root",
      settings: { findable: false },
      __proto__: { polluted: true },
      constructor: { prototype: { polluted: true } },
    };
    expect((await ann.call("PATCH", `/user/${ann.id}`, extras)).status).toBe(200);
    expect(
      (
        await ann.call(
          "PATCH",
          `/user/${ann.id}`,
          '{"__proto__":{"username":"x"},"constructor":{"username":"x"}}',
        )
      ).status,
    ).toBe(200);
    expect(await rows()).toEqual(before);
    const more = {
      ...extras,
      email: "new@example.org",
      password: "correct horse",
      username: "New",
      user_id: ann.id,
    };
    const created = await world.call("POST", "/user", more);
    expect(created.status).toBe(201);
    expect([ann.id, ben.id] as string[]).not.toContain(created.response.id);
    const row = await read
      .selectFrom("user")
      .selectAll()
      .where("id", "=", created.response.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ email_confirmed: 0, version: 1, username_key: "new", findable: 1 });
    expect(await read.selectFrom("identity").selectAll().execute()).toEqual([]);
  });

  test("is nobody else's: 404 for a stranger, 403 for a friend", async () => {
    await using world = await createWorld();
    const { ann, ben, eve } = await world.people("ann", "ben", "eve");
    await world.befriend(ann, ben);
    expect((await eve.call("PATCH", `/user/${ann.id}`, { username: "x" })).body["code"]).toBe("not_found");
    expect((await ben.call("PATCH", `/user/${ann.id}`, { username: "x" })).body["code"]).toBe("forbidden");
    expect((await ann.call("GET", `/user/${ann.id}`)).response.username).toBe("ann");
  });

  test("refuses values out of range", async () => {
    await using world = await createWorld();
    const ann = await world.person("ann");
    const bad = [
      { username: "" },
      { time_zone: "Mars/Olympus" },
      { locale: "x" },
      { busy_for: "everyone" },
      { findable: "yes" },
    ];
    for (const patch of bad)
      expect((await ann.call("PATCH", `/user/${ann.id}`, patch)).body["code"]).toBe("invalid_input");
  });
});

describe("searching", () => {
  const names = async (person: Person, q: string, more = "") => {
    const answer = await person.call("GET", `/user?q=${encodeURIComponent(q)}${more}`);
    expect(answer.status).toBe(200);
    return answer.response.map(({ username }: UserRef) => username) as string[];
  };

  test("finds exact names unless their owner says no, never by wildcards", async () => {
    await using world = await createWorld();
    const { ann, Bernadette, "100%": percent } = await world.people("ann", "Bernadette", "100%");
    expect(await names(ann, "bernadette")).toEqual(["Bernadette"]);
    expect(await names(ann, " BERNADETTE ")).toEqual(["Bernadette"]);
    for (const q of ["bern", "bernadett_", "bern%", "%", "_", "*", "%%%", "bernadette'--", "ber*", "."]) {
      expect([q, await names(ann, q)]).toEqual([q, []]);
    }
    expect(await names(ann, "100%")).toEqual(["100%"]);
    await Bernadette.call("PATCH", `/user/${Bernadette.id}`, { findable: false });
    expect(await names(ann, "bernadette")).toEqual([]);
    expect(await names(percent, "bernadette")).toEqual([]);
  });

  test("finds an address only where its owner allows it and has confirmed it", async () => {
    await using world = await createWorld();
    const ann = await world.person("ann");
    const ben = await world.person("ben", { email: "Ben@Example.org" });
    const eve = await world.person("eve", { email: "eve@example.org", confirmed: false });
    expect(await names(ann, "ben@example.org")).toEqual([]);
    for (const one of [ben, eve]) await one.call("PATCH", `/user/${one.id}`, { findable_by_email: true });
    expect(await names(ann, "ben@EXAMPLE.org")).toEqual(["ben"]);
    expect(await names(ann, "eve@example.org")).toEqual([]);
    expect(await names(ann, "ben@example")).toEqual([]);
  });

  test("finds friends and fellow participants by three characters, findable or not", async () => {
    await using world = await createWorld();
    const { ann, Benjamin, Benedict, Benita, Bengt } = await world.people(
      "ann",
      "Benjamin",
      "Benedict",
      "Benita",
      "Bengt",
    );
    await world.befriend(ann, Benjamin);
    await Benjamin.call("PATCH", `/user/${Benjamin.id}`, { findable: false });
    const people = [Benedict.id, Benita.email];
    const event = (await ann.call("POST", "/event", { name: "Picnic", duration: 60, people })).response.id;
    expect(await names(ann, "be")).toEqual([]);
    // Benita was asked by e-mail: until she answers, nobody learns whose account that is.
    expect(await names(ann, "ben")).toEqual(["Benedict", "Benjamin"]);
    expect(await names(Benita, "ann")).toEqual(["ann"]);
    await Benita.call("PUT", `/event/${event}/rsvp`, { status: "maybe" });
    expect(await names(ann, "ben")).toEqual(["Benedict", "Benita", "Benjamin"]);
    expect(await names(Benedict, "beni")).toEqual(["Benita"]);
    await Benedict.call("PUT", `/event/${event}/rsvp`, { status: "declined" });
    expect(await names(Benedict, "beni")).toEqual([]);
    expect(await names(ann, "ben")).toEqual(["Benita", "Benjamin"]);
    expect(await names(Bengt, "ben")).toEqual([]);
    for (const q of ["b%n", "be_", "ben%", "%en"]) expect([q, await names(ann, q)]).toEqual([q, []]);
  });

  test("finds nobody across a block, in either direction", async () => {
    await using world = await createWorld();
    const { ann, Benjamin } = await world.people("ann", "Benjamin");
    await ann.call("POST", "/event", { name: "Picnic", duration: 60, people: [Benjamin.id] });
    await Benjamin.call("PATCH", `/user/${Benjamin.id}`, { findable_by_email: true });
    for (const q of ["ben", "benjamin", Benjamin.email]) expect(await names(ann, q)).toEqual(["Benjamin"]);
    await Benjamin.call("PUT", `/user/${Benjamin.id}/blocks/${ann.id}`);
    for (const q of ["ben", "benjamin", Benjamin.email]) expect(await names(ann, q)).toEqual([]);
    expect(await names(Benjamin, "ann")).toEqual([]);
  });

  test("pages through namesakes without a gap or a repeat, and refuses other lists' cursors", async () => {
    await using world = await createWorld();
    const ann = await world.person("ann");
    const made = await Promise.all(Array.from({ length: 25 }, () => world.person("Kim")));
    const seen: string[] = [];
    let cursor = "";
    do {
      const answer = await ann.call("GET", `/user?q=kim&limit=10${cursor}`);
      seen.push(...answer.response.map(({ id }: UserRef) => id));
      const { next_cursor: next } = answer.body;
      cursor = typeof next === "string" ? `&cursor=${next}` : "";
    } while (cursor !== "");
    expect(seen.toSorted()).toEqual(made.map(({ id }) => id as string).toSorted());
    for (const made of ["x", btoa("[]"), btoa('["events","a","b"]'), btoa('["users",1,2]')]) {
      expect((await ann.call("GET", `/user?q=kim&cursor=${made}`)).body["code"]).toBe("invalid_input");
    }
    for (const q of ["limit=0", "limit=201", "limit=x"])
      expect((await ann.call("GET", `/user?q=kim&${q}`)).status).toBe(400);
    expect((await ann.call("GET", "/user?q=")).status).toBe(400);
  });
});
