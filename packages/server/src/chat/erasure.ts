import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { appendSeveral } from "../streams/service.ts";
import {
  deleteMarksOf,
  listMentionsOf,
  listReactionsOf,
  listReportsOf,
  updateSystem,
} from "./erasure-store.ts";
import { storeMentions } from "./mentions.ts";
import { namedBy } from "./messages.ts";
import { updateReactionsEntry } from "./reactions-store.ts";

/**
 * Takes a person out of what the messages of others carry: reactions, mentions, and what the server reported of them.
 * The others hear of it, so that what they hold is what a fetch gives. Pins stay; nobody is named with them any more.
 */
export async function eraseFromChats(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  await takeReactionsBack(ctx, tx, user);
  const changed = [...(await forgetMentions(tx, user)), ...(await forgetReports(tx, user))];
  for (const [event, messages] of Map.groupBy(changed, (message) => message.event)) {
    const entries = messages.map(({ seq }) => ({ kind: "message_edited" as const, data: { seq } }));
    await appendSeveral(ctx, tx, eventStream(event), entries);
  }
  await deleteMarksOf(tx.sql, user);
}

async function takeReactionsBack(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  const given = await listReactionsOf(tx.sql, user);
  for (const [event, reactions] of Map.groupBy(given, ({ event_id }) => event_id)) {
    const entries = reactions.map(({ seq, emoji }) => ({
      kind: "reaction" as const,
      data: { seq, user, emoji, op: "removed" },
    }));
    const numbers = await appendSeveral(ctx, tx, eventStream(event), entries);
    // Of several to one message the last one counts.
    const last = new Map(reactions.map(({ seq }, index) => [seq, numbers[index] ?? 0]));
    for (const [seq, entry] of last) await updateReactionsEntry(tx.sql, { event, seq }, entry);
  }
}

interface Place {
  event: EventId;
  seq: number;
}

async function forgetMentions(tx: Tx, user: UserId): Promise<Place[]> {
  const places: Place[] = [];
  for (const row of await listMentionsOf(tx.sql, user)) {
    const place = { event: row.event_id, seq: row.seq };
    const before = namedBy(row) ?? [];
    const after = before.filter((id) => id !== user);
    await storeMentions(tx.sql, place, before, after);
    places.push(place);
  }
  return places;
}

async function forgetReports(tx: Tx, user: UserId): Promise<Place[]> {
  const places: Place[] = [];
  for (const { event_id: event, seq, system } of await listReportsOf(tx.sql, user)) {
    await updateSystem(tx.sql, event, seq, (system ?? "").replaceAll(user, ""));
    places.push({ event, seq });
  }
  return places;
}
