import { describe, expect, test } from "bun:test";
import { calendarObjects } from "../src/feeds/service.ts";
import { createWorld } from "./support/world.ts";

describe("a calendar's objects", () => {
  test("are the events with a time, as iCalendar", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const start = Math.floor(world.clock.now() / 1_000) + 3_600;
    const made = await ada.call("POST", "/event", {
      name: "Dinner; at eight",
      start_time: start,
      duration: 60,
    });
    await ada.call("POST", "/event", { name: "Some time", duration: 60 });
    const [object, ...rest] = await calendarObjects(world.server.ctx, ada.id);
    expect(rest).toEqual([]);
    expect(object).toMatchObject({
      name: `${made.response.id}.ics`,
      fromMs: start * 1_000,
      untilMs: (start + 60) * 1_000,
    });
    expect(object?.ics).toContain("SUMMARY:Dinner\\; at eight\r\n");
  });
});
