import type { EventId, QueryOf, schedule, Suggestion } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { readBasis } from "./basis.ts";
import { findTimes } from "./free-time.ts";
import type { Span } from "./span-rules.ts";
import { searchRange } from "./rules.ts";

type Query = QueryOf<typeof schedule.listSuggestions>;

const attempts = 3;

/**
 * Times that suit, best first. While a large search goes on others have their turn: whose consent it used is asked again
 * before it is answered, so that nobody's time is told who has taken theirs back.
 */
export async function listSuggestions(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  query: Query,
): Promise<Suggestion[]> {
  let basis = await readBasis(ctx, viewer, event);
  const range = requireRange(query, ctx.clock.now());
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { duration, limit, weekdays } = query;
    const durationMs = duration === undefined ? basis.durationMs : Math.round(duration * 1_000);
    const found = await findTimes(ctx, basis, { range, durationMs, limit, weekdays });
    const present = await readBasis(ctx, viewer, event);
    if (Bun.deepEquals(basis, present)) return found;
    basis = present;
  }
  throw new AppError("unavailable", { detail: "The event's people keep changing" });
}

function requireRange(query: Query, now: number): Span {
  const range = searchRange(query, now);
  if (range !== null) return range;
  const message = "from … to must be in order and span at most 400 days";
  throw new AppError("invalid_input", { detail: message, errors: [{ path: "query.to", message }] });
}
