import { describe, expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import { codeOf, expectOk } from "./support/events.ts";
import {
  between,
  codesOf,
  dayS,
  hourS,
  hoursOf,
  noonS,
  plan,
  share,
  suggest,
  timeless,
} from "./support/suggestions.ts";

describe("suggestions", () => {
  test("begin with the time that suits most, and say why", async () => {
    await using group = await timeless();
    const { ann, bob, cem, event } = group;
    for (const person of [ann, bob, cem]) await share(person, event);
    await plan(bob, 0, 2 * hourS);
    await plan(cem, 3 * hourS, 5 * hourS);
    const found = await suggest(ann, event, between(0, 5));
    expect(hoursOf(found)).toEqual([2, 0, 1, 3, 4]);
    expect(found[0]).toEqual({
      start_time: `${noonS + 2 * hourS}`,
      duration: "3600",
      available: [ann.id, bob.id, cem.id].toSorted(),
      if_needed: [],
      busy: 0,
      unknown: 0,
      score: 100,
      why: [{ code: "everybody_free", params: {} }],
    });
    expect(found[1]).toMatchObject({ available: [ann.id, cem.id].toSorted(), busy: 1, score: 66.7 });
    expect(found[1]?.why).toEqual([
      { code: "free", params: { n: 2, of: 3 } },
      { code: "busy", params: { n: 1 } },
    ]);
  });

  test("begin where something ends, and end where something begins", async () => {
    await using group = await timeless();
    const { ann, bob, event } = group;
    await share(bob, event);
    await plan(bob, 0, hourS);
    await plan(bob, 2 * hourS, 4 * hourS);
    const [best] = await suggest(ann, event, between(0, 4));
    expect(best).toMatchObject({ start_time: `${noonS + hourS}`, available: [bob.id] });
    expect(await suggest(ann, event, between(0, 4, "&duration=3601"))).toEqual([]);
  });

  test("round what somebody has on outward to quarters, and keep room around it on both sides", async () => {
    await using group = await timeless();
    const { ann, bob, event } = group;
    await share(bob, event);
    await plan(bob, 3 * hourS + 60, 3 * hourS + 120);
    const quarters = async () =>
      hoursOf(await suggest(ann, event, between(2, 4.5, "&duration=900&limit=50"))).toSorted();
    expect(await quarters()).toEqual([2, 2.25, 2.5, 2.75, 3.25, 3.5, 3.75, 4, 4.25]);
    await bob.call("PATCH", `/user/${bob.id}`, { travel_buffer: 1_801 });
    expect(await quarters()).toEqual([2, 4, 4.25]);
  });

  test("keep to the hours of whoever shares, in their own zone, past midnight too", async () => {
    await using group = await timeless();
    const { ann, bob, event } = group;
    await share(bob, event);
    const hours = [{ days: ["sa"], from: "22:00", to: "01:00" }];
    expectOk(await bob.call("PATCH", `/user/${bob.id}`, { hours, time_zone: "Europe/Berlin" }));
    const found = await suggest(ann, event, between(0, 24));
    expect(hoursOf(found)).toEqual([8, 9, 10]); // 22:00, 23:00 and midnight in Berlin
    await share(ann, event);
    const [, , , other] = await suggest(ann, event, between(0, 24));
    expect(other?.why).toContainEqual({ code: "outside_hours", params: { n: 1 } });
  });

  test("put what a required person cannot make below all that they can, and count votes of everybody", async () => {
    await using group = await timeless();
    const { ann, bob, cem, event } = group;
    await share(ann, event);
    await share(bob, event);
    await plan(ann, hourS, 2 * hourS);
    await plan(bob, 0, hourS);
    await plan(bob, 2 * hourS, 3 * hourS);
    const start_time = noonS + hourS;
    const [option] = expectOk(
      await ann.call("POST", `/event/${event}/options`, { options: [{ start_time }] }),
      201,
    );
    expectOk(await cem.call("PUT", `/event/${event}/votes`, { [option.id]: "yes" }));
    expectOk(await ann.call("PUT", `/event/${event}/poll`, { required: [ann.id] }));
    const found = await suggest(ann, event, between(0, 3));
    expect(hoursOf(found).slice(0, 3)).toEqual([0, 2, 1]);
    expect(found[2]).toMatchObject({ available: [bob.id, cem.id].toSorted(), busy: 1 });
    expect(found[2]?.why).toContainEqual({ code: "required_busy", params: { n: 1 } });
    expect(found[2]?.why).toContainEqual({ code: "votes", params: { yes: 1, if_needed: 0, no: 0 } });
    expectOk(await ann.call("PUT", `/event/${event}/votes`, { [option.id]: "if_needed" }));
    expect(hoursOf(await suggest(ann, event, between(0, 3))).slice(0, 3)).toEqual([1, 0, 2]);
    expect((await suggest(ann, event, between(1, 2)))[0]).toMatchObject({ if_needed: [ann.id], busy: 0 });
  });

  test("prefer days as the event's zone has them", async () => {
    await using group = await timeless();
    const { ann, event } = group;
    await share(ann, event);
    expectOk(await ann.call("PATCH", `/event/${event}`, { time_zone: "Pacific/Auckland" }));
    // Sunday in Auckland begins at noon in UTC.
    const found = await suggest(ann, event, between(-0, 30, "&weekdays=mo&limit=2"));
    expect(hoursOf(found)).toEqual([24, 25]);
    expect(found.every((slot) => codesOf(slot).includes("preferred_day"))).toBe(true);
  });

  test("do not count the event itself, what may be, what was declined and what was cancelled", async () => {
    await using group = await timeless();
    const { ann, bob, dee, event } = group;
    await share(bob, event);
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expectOk(await ann.call("PATCH", `/event/${event}`, { start_time: noonS + hourS }));
    const others = { maybe: 2, declined: 3, accepted: 4 };
    for (const [status, hour] of Object.entries(others)) {
      const body = { name: status, start_time: noonS + hour * hourS, duration: hourS, people: [bob.id] };
      const { id } = expectOk(await dee.call("POST", "/event", body), 201);
      expectOk(await bob.call("PUT", `/event/${id}/rsvp`, { status }));
    }
    const cancelled = await plan(bob, 5 * hourS, 6 * hourS);
    expectOk(await bob.call("DELETE", `/event/${cancelled}`));
    expect(hoursOf(await suggest(ann, event, between(0, 6)))).toEqual([0, 1, 2, 3, 5]);
  });

  test("count a series by its occurrences, each as it was answered", async () => {
    await using group = await timeless();
    const { world, ann, bob, event } = group;
    await share(bob, event);
    const series = await plan(bob, hourS, 2 * hourS);
    await world.server.ctx.db.write(async ({ sql }) => {
      const row = await sql
        .selectFrom("event")
        .selectAll()
        .where("id", "=", series as EventId)
        .executeTakeFirstOrThrow();
      await sql.updateTable("event").set({ kind: "series" }).where("id", "=", row.id).execute();
      for (const hour of [2, 3, 4]) {
        const start_ms = (noonS + hour * hourS) * 1_000;
        const id = `${series}_${start_ms / 1_000}` as EventId; // as the server makes those of occurrences
        const occurrence = { ...row, id, kind: "occurrence" as const, start_ms, original_start_ms: start_ms };
        await sql.insertInto("event").values(occurrence).execute();
        if (hour !== 3) continue;
        const answer = {
          event_id: id,
          user_id: bob.id,
          group_id: row.id,
          rsvp: "declined" as const,
          answered_ms: 1,
        };
        await sql.insertInto("occurrence_rsvp").values(answer).execute();
      }
    });
    expect(hoursOf(await suggest(ann, event, between(0, 5)))).toEqual([0, 1, 3]);
    // For the series itself none of its occurrences is in the way.
    await share(bob, series);
    expect(hoursOf(await suggest(bob, series, between(0, 5, "&duration=3600"))).slice(0, 5)).toEqual([
      0, 1, 2, 3, 4,
    ]);
  });

  test("are of the future, of the event's duration and the next two weeks, and ten, unless asked otherwise", async () => {
    await using group = await timeless();
    const { ann, bob, event } = group;
    await share(ann, event);
    group.world.clock.advance(60_000);
    const found = await suggest(ann, event);
    expect(hoursOf(found)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await suggest(ann, event, `?from=${noonS - dayS}&to=${noonS}`)).toEqual([]);
    expect(await suggest(ann, event, "?limit=50")).toHaveLength(50);
    for (const query of ["?limit=51", "?limit=0", "?duration=0", "?weekdays=mo,xx", "?weekdays=", "?to=1"])
      expect([query, codeOf(await ann.call("GET", `/event/${event}/suggestions${query}`))]).toEqual([
        query,
        "invalid_input",
      ]);
    const tooLong = `?from=${noonS}&to=${noonS + 400 * dayS + 1}`;
    expect(codeOf(await ann.call("GET", `/event/${event}/suggestions${tooLong}`))).toBe("invalid_input");
    expect(codeOf(await bob.call("GET", `/event/${event}/suggestions`))).toBe("forbidden");
  });

  test("are asked for 60 times an hour", async () => {
    await using group = await timeless({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann, event } = group;
    for (let i = 0; i < 60; i++) await suggest(ann, event, between(0, 1));
    expect(codeOf(await ann.call("GET", `/event/${event}/suggestions`))).toBe("too_many_requests");
  });
});

describe("hours and the room around commitments", () => {
  test("are settings of one's own", async () => {
    await using group = await timeless();
    const { ann, bob } = group;
    const own = async () => expectOk(await ann.call("GET", `/user/${ann.id}`)).settings;
    expect(await own()).toMatchObject({ hours: null, travel_buffer: 0 });
    const hours = [{ days: ["mo", "fr"], from: "18:00", to: "24:00" }];
    const changed = expectOk(await ann.call("PATCH", `/user/${ann.id}`, { hours, travel_buffer: 900 }));
    expect(changed.settings).toMatchObject({ hours, travel_buffer: 900 });
    expect(changed.version).toBe(2);
    expectOk(await ann.call("PATCH", `/user/${ann.id}`, { hours: null }));
    expect(await own()).toMatchObject({ hours: null, travel_buffer: 900 });
    expect(expectOk(await bob.call("GET", `/user/${ann.id}`)).settings).toBeUndefined();
    const day = { days: ["mo"], from: "09:00", to: "10:00" };
    const wrong = [
      { hours: [] },
      { hours: [{ ...day, to: "09:00" }] },
      { hours: [{ ...day, to: "24:01" }] },
      { hours: [{ ...day, from: "24:00" }] },
      { hours: [{ ...day, days: [] }] },
      { hours: [{ ...day, days: ["xx"] }] },
      { travel_buffer: 14_401 },
      { travel_buffer: -1 },
      { travel_buffer: null },
    ];
    for (const change of wrong)
      expect([change, codeOf(await ann.call("PATCH", `/user/${ann.id}`, change))]).toEqual([
        change,
        "invalid_input",
      ]);
    const many = Array.from({ length: 15 }, () => day);
    expect(codeOf(await ann.call("PATCH", `/user/${ann.id}`, { hours: many }))).toBe("limit_exceeded");
  });
});
