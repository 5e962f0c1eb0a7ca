import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { append, appendToAll } from "../streams/service.ts";
import { listHiddenIn, listNamedIn, listWrittenIn } from "./naming-store.ts";

/** A new name, to everybody who sees the old one: among an event's people, or on a message. */
export async function reportRenamed(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  const events = new Set([...(await listNamedIn(tx.sql, user)), ...(await listWrittenIn(tx.sql, user))]);
  await reportIn(ctx, tx, events, user, "renamed");
  for (const { event_id, invited_by } of await listHiddenIn(tx.sql, user)) {
    if (events.has(event_id)) continue;
    await append(ctx, tx, eventStream(event_id), "people", { op: "renamed", user, only: invited_by });
  }
}

/** An erased person's messages have lost their author. `events` is what `listWrittenIn` said before that. */
export function reportErased(ctx: Context, tx: Tx, events: Iterable<EventId>, user: UserId): Promise<void> {
  return reportIn(ctx, tx, events, user, "erased");
}

function reportIn(
  ctx: Context,
  tx: Tx,
  events: Iterable<EventId>,
  user: UserId,
  op: "renamed" | "erased",
): Promise<void> {
  return appendToAll(ctx, tx, [...events].map(eventStream), "people", { op, user });
}
