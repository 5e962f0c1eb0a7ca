import { type EventId, eventStream, type Message, type UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { hidePhotos } from "../photos/showing.ts";
import { append } from "../streams/service.ts";
import { mayMention } from "./mention-rules.ts";
import { findMentions, storeMentions } from "./mentions.ts";
import { getMessage, namedBy, renderMessage } from "./messages.ts";
import { type MessageRow, updateDeleted, updateText } from "./messages-store.ts";
import { deletePin } from "./pins-store.ts";
import { deleteReactionsTo } from "./reactions-store.ts";
import { asSeenBy, canDelete, canEdit } from "./rules.ts";
import { reindex } from "./search-index.ts";

interface Place {
  event: EventId;
  seq: number;
}

/** Gives a message another text, and names with it whom that names. */
export function editMessage(
  ctx: Context,
  viewer: Viewer,
  place: Place,
  input: { text: string; mentions?: readonly UserId[] | undefined },
): Promise<Message> {
  const { event, seq } = place;
  const { text } = input;
  return ctx.db.write(async (tx) => {
    await requireMember(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canEdit(row, viewer.id)) throw new AppError("forbidden");
    const at = ctx.clock.now();
    await updateText(tx.sql, { event, seq, text, at });
    await reindex(tx.sql, event, { seq, before: row.text, after: text });
    const named = mayMention(input) ? await findMentions(tx.sql, event, input) : null;
    await storeMentions(tx.sql, place, namedBy(row), named);
    await append(ctx, tx, eventStream(event), "message_edited", { seq });
    const mentions = named && JSON.stringify(named);
    return renderMessage(tx.sql, { ...row, text, mentions, edited_ms: at });
  });
}

/** Takes the text away, and all that was put on it, and keeps the place. Deleting again changes and reports nothing. */
export async function deleteMessage(ctx: Context, viewer: Viewer, place: Place): Promise<Message> {
  const { event, seq } = place;
  const deleted = await ctx.db.write(async (tx) => {
    const { role } = await requireMember(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canDelete(row, { id: viewer.id, role })) throw new AppError("forbidden");
    if (row.deleted_ms !== null) return asSeenBy(await renderMessage(tx.sql, row), viewer.id);
    const at = ctx.clock.now();
    await updateDeleted(tx.sql, { event, seq, at });
    await reindex(tx.sql, event, { seq, before: row.text, after: "" });
    await clearMarks(tx.sql, place, row);
    if (row.photos !== null) await hidePhotos(ctx, tx, event, seq);
    await append(ctx, tx, eventStream(event), "message_deleted", { seq });
    const blank = {
      text: "",
      system: null,
      mentions: null,
      photos: null,
      reactions_entry: null,
      deleted_ms: at,
    };
    return asSeenBy(await renderMessage(tx.sql, { ...row, ...blank }), viewer.id);
  });
  // Whoever is told that a photo is deleted finds its files gone.
  if (deleted.deleted) await ctx.photos.deletions.settled();
  return deleted;
}

async function clearMarks(sql: Sql, place: Place, row: MessageRow): Promise<void> {
  await storeMentions(sql, place, namedBy(row), null);
  if (row.reactions_entry !== null) await deleteReactionsTo(sql, place);
  await deletePin(sql, place);
}
