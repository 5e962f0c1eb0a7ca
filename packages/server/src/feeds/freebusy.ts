import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type Property, toUtc, writeCalendar, writeComponent } from "../lib/icalendar.ts";
import { busyBlocks, busyWindow, openWindow } from "../schedule/rules.ts";
import { calendarHead } from "./rendering.ts";
import { uidOf } from "./rules.ts";
import { listTaken } from "./store.ts";

/** When somebody is busy, and nothing else: neither how many events there are, nor where one ends and the next begins. */
export async function freeBusyText(ctx: Context, user: UserId, id: string): Promise<string> {
  const now = ctx.clock.now();
  const window = busyWindow(openWindow(now), now);
  const rows = await listTaken(ctx.db.read, user, window);
  const spans = rows.map(({ start_ms: fromMs, duration_ms }) => ({ fromMs, toMs: fromMs + duration_ms }));
  const periods = busyBlocks(spans, window).map(({ fromMs, toMs }) => [toUtc(fromMs), toUtc(toMs)]);
  const properties: Property[] = [
    ["uid", {}, "text", uidOf(id)],
    // The window moves each quarter of an hour: until then the same times are told in the same words.
    ["dtstamp", {}, "date-time", toUtc(window.fromMs)],
    ["dtstart", {}, "date-time", toUtc(window.fromMs)],
    ["dtend", {}, "date-time", toUtc(window.toMs)],
    ...periods.map((period): Property => ["freebusy", { fbtype: "BUSY" }, "period", period]),
  ];
  return writeCalendar(calendarHead, [writeComponent(["vfreebusy", properties, []])]);
}
