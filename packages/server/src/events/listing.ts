import { type Event, eventId, type EventId, type EventStatus, limits } from "@jarvis/contract";
import { z } from "zod";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { cutPage, decodeCursor } from "../lib/cursor.ts";
import { isSpanAllowed } from "./rules.ts";
import { renderEvents } from "./service.ts";
import { listEventsOf } from "./store.ts";

const cursor = z.object({ list: z.literal("events"), start: z.int().nullable(), id: eventId });

export interface ListQuery {
  status?: EventStatus | undefined;
  series?: EventId | undefined;
  /** Unix seconds. */
  from?: number | undefined;
  to?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** The caller's events by start, those without a time first; with a range, those that touch it. */
export async function listOwnEvents(
  ctx: Context,
  viewer: Viewer,
  query: ListQuery,
): Promise<{ shown: Event[]; nextCursor: string | undefined }> {
  const { from, to, status } = query;
  if (!isSpanAllowed(from, to))
    throw new AppError("invalid_input", { detail: `from and to span at most ${limits.rangeDays} days` });
  const size = query.limit ?? limits.pageDefault;
  const rows = await listEventsOf(ctx.db.read, viewer.id, {
    status,
    series: query.series,
    fromMs: from === undefined ? undefined : from * 1000,
    toMs: to === undefined ? undefined : to * 1000,
    after: query.cursor === undefined ? undefined : decodeCursor(cursor, query.cursor),
    limit: size + 1, // one more than asked for, to know whether there is more
    now: ctx.clock.now(),
  });
  const { shown, nextCursor } = cutPage(rows, size, ({ start_ms, id }) => ({
    list: "events",
    start: start_ms,
    id,
  }));
  return { shown: await renderEvents(ctx, ctx.db.read, viewer.id, shown), nextCursor };
}
