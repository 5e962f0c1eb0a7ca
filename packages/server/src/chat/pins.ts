import { type EventId, eventStream, limits, type Message, type UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { getMessage, renderMessages } from "./messages.ts";
import { listReadable, type MessageRow } from "./messages-store.ts";
import { deletePin, insertPin, listPins } from "./pins-store.ts";
import { asSeenBy, canPin } from "./rules.ts";

interface Place {
  event: EventId;
  seq: number;
}

/** The pinned messages that somebody may read, newest pin first. */
export async function pinnedFor(sql: Sql, event: EventId, viewer: UserId): Promise<MessageRow[]> {
  const seqs = await listPins(sql, event);
  if (seqs.length === 0) return [];
  const rows = await listReadable(sql, event, viewer, seqs);
  return rows.sort((a, b) => seqs.indexOf(a.seq) - seqs.indexOf(b.seq));
}

export async function listPinnedMessages(ctx: Context, viewer: Viewer, event: EventId): Promise<Message[]> {
  const sql = ctx.db.read;
  await requireMember(sql, viewer.id, event);
  const messages = await renderMessages(sql, await pinnedFor(sql, event, viewer.id));
  return messages.map((message) => asSeenBy(message, viewer.id));
}

/** Pins a message for everybody in the chat. One that is pinned keeps its place. */
export function pinMessage(ctx: Context, viewer: Viewer, place: Place): Promise<{ pins: number[] }> {
  const { event, seq } = place;
  return ctx.db.write(async (tx) => {
    await requireMember(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canPin(row)) throw new AppError("forbidden");
    const pins = await listPins(tx.sql, event);
    if (!pins.includes(seq)) {
      requireRoom(pins);
      const data = { seq, user: viewer.id, op: "pinned" };
      const { seq: entry } = await append(ctx, tx, eventStream(event), "pin", data);
      await insertPin(tx.sql, { event_id: event, seq, entry, user_id: viewer.id });
    }
    return pinsFor(tx.sql, event, viewer.id);
  });
}

/** Takes a pin off, whoever put it there. Where there is none, nothing changes. */
export function unpinMessage(ctx: Context, viewer: Viewer, place: Place): Promise<{ pins: number[] }> {
  const { event, seq } = place;
  return ctx.db.write(async (tx) => {
    await requireMember(tx.sql, viewer.id, event);
    await getMessage(tx.sql, viewer.id, event, seq);
    if ((await listPins(tx.sql, event)).includes(seq)) {
      await deletePin(tx.sql, place);
      await append(ctx, tx, eventStream(event), "pin", { seq, user: viewer.id, op: "unpinned" });
    }
    return pinsFor(tx.sql, event, viewer.id);
  });
}

async function pinsFor(sql: Sql, event: EventId, viewer: UserId): Promise<{ pins: number[] }> {
  return { pins: (await pinnedFor(sql, event, viewer)).map(({ seq }) => seq) };
}

function requireRoom(pins: readonly number[]): void {
  if (pins.length >= limits.pinsPerChat)
    throw new AppError("limit_exceeded", { detail: "The chat has as many pins as it may have" });
}
