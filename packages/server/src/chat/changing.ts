import { type EventId, eventStream, type Message } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { getMessage, renderRow } from "./messages.ts";
import { updateDeleted, updateText } from "./messages-store.ts";
import { asSeenBy, canDelete, canEdit } from "./rules.ts";

export function editMessage(
  ctx: Context,
  viewer: Viewer,
  place: { event: EventId; seq: number },
  text: string,
): Promise<Message> {
  const { event, seq } = place;
  return ctx.db.write(async (tx) => {
    await requireParticipant(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canEdit(row, viewer.id)) throw new AppError("forbidden");
    const at = ctx.clock.now();
    await updateText(tx.sql, { event, seq, text, at });
    const message = renderRow({ ...row, text, edited_ms: at });
    await append(ctx, tx, eventStream(event), "message_edited", { seq }, { message });
    return message;
  });
}

/** Takes the text away and keeps the place. Deleting again changes and reports nothing. */
export function deleteMessage(
  ctx: Context,
  viewer: Viewer,
  place: { event: EventId; seq: number },
): Promise<Message> {
  const { event, seq } = place;
  return ctx.db.write(async (tx) => {
    const { role } = await requireParticipant(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canDelete(row, { id: viewer.id, role })) throw new AppError("forbidden");
    if (row.deleted_ms !== null) return asSeenBy(renderRow(row), viewer.id);
    const at = ctx.clock.now();
    await updateDeleted(tx.sql, { event, seq, at });
    const message = renderRow({ ...row, text: "", system: null, deleted_ms: at });
    await append(ctx, tx, eventStream(event), "message_deleted", { seq }, { message });
    return asSeenBy(message, viewer.id);
  });
}
