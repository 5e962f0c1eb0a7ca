import type { EventId } from "@jarvis/contract";
import type { CalendarFile, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { requireParticipant } from "../events/service.ts";
import { notFound } from "../lib/app-error.ts";
import { writeComponent } from "../lib/icalendar.ts";
import { calendarText, eventComponent, writeEntries } from "./rendering.ts";
import { etagOfText } from "./revision.ts";
import type { Written } from "./series.ts";
import { listEntries, listOccurrences } from "./store.ts";

/** One event, as the caller's own calendar would have it; `not_found` for one without a time. */
export async function eventCalendar(ctx: Context, viewer: Viewer, event: EventId): Promise<CalendarFile> {
  const { group } = await requireParticipant(ctx.db.read, viewer.id, event);
  const written =
    group === event
      ? await Array.fromAsync(writeEntries(ctx, viewer.id, [{ id: event }]))
      : await writeOccurrence(ctx, viewer, group, event);
  if (written.length === 0) throw notFound();
  const text = calendarText(written, ctx.clock.now());
  const revision = { etag: etagOfText(text), changedMs: null };
  return {
    name: "event.ics",
    revision: () => Promise.resolve(revision),
    write: () => Promise.resolve({ text, revision }),
  };
}

/** By itself, not as an exception of a series that the reader does not have. */
async function writeOccurrence(
  ctx: Context,
  viewer: Viewer,
  group: EventId,
  event: EventId,
): Promise<Written[]> {
  const [series] = await listEntries(ctx.db.read, viewer.id, [group]);
  const row = (await listOccurrences(ctx.db.read, viewer.id, group)).find(({ id }) => id === event);
  if (series === undefined || row === undefined) return [];
  const { start_ms: fromMs, duration_ms, own_rsvp, own_answered_ms } = row;
  const entry = {
    ...row,
    version: series.version + row.version - 1,
    rsvp: own_rsvp ?? series.rsvp,
    answers: series.answers,
    answered_ms: own_answered_ms ?? series.answered_ms,
    updated_ms: Math.max(row.updated_ms, series.updated_ms),
  };
  const ics = writeComponent(eventComponent(entry, ctx.publicUrl, group));
  return [{ name: event, ics, zones: [], fromMs, untilMs: fromMs + duration_ms }];
}
