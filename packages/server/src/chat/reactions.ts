import {
  emoji as emojiSchema,
  type EventId,
  eventStream,
  limits,
  type Message,
  type UserId,
} from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { getMessage, renderMessage } from "./messages.ts";
import type { MessageRow } from "./messages-store.ts";
import {
  deleteReaction,
  insertReaction,
  listEmoji,
  listOwnEmoji,
  updateReactionsEntry,
} from "./reactions-store.ts";
import { asSeenBy, canReact, hasRoomFor } from "./rules.ts";

export interface ReactionInput {
  event: EventId;
  seq: number;
  emoji: string;
}

/** Puts an emoji on a message. Doing it again changes and reports nothing. */
export function addReaction(ctx: Context, viewer: Viewer, input: ReactionInput): Promise<Message> {
  return change(ctx, viewer, input, async (tx, row, emoji, own) => {
    if (!canReact(row)) throw new AppError("forbidden");
    if (own.includes(emoji)) return null;
    const present = await listEmoji(tx.sql, input);
    requireRoom(
      emoji,
      present.map((one) => one.emoji),
      own,
    );
    const entry = await report(ctx, tx, viewer.id, { ...input, emoji }, "added");
    const since_entry = present.find((one) => one.emoji === emoji)?.since_entry ?? entry;
    const { event: event_id, seq } = input;
    await insertReaction(tx.sql, { event_id, user_id: viewer.id, seq, emoji, entry, since_entry });
    return entry;
  });
}

/** Takes an own emoji back. Where there is none, nothing changes. */
export function removeReaction(ctx: Context, viewer: Viewer, input: ReactionInput): Promise<Message> {
  return change(ctx, viewer, input, async (tx, _row, emoji, own) => {
    if (!own.includes(emoji)) return null;
    await deleteReaction(tx.sql, input, viewer.id, emoji);
    return report(ctx, tx, viewer.id, { ...input, emoji }, "removed");
  });
}

/** Gives the entry that reported what was done, or null where nothing was. */
type Work = (tx: Tx, row: MessageRow, emoji: string, own: readonly string[]) => Promise<number | null>;

/** What every change of reactions has around it, in one unit; answers the message after it. */
function change(ctx: Context, viewer: Viewer, input: ReactionInput, work: Work): Promise<Message> {
  const { event, seq } = input;
  return ctx.db.write(async (tx) => {
    await requireMember(tx.sql, viewer.id, event);
    const emoji = parseEmoji(input.emoji);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    const entry = await work(tx, row, emoji, await listOwnEmoji(tx.sql, input, viewer.id));
    if (entry !== null) await updateReactionsEntry(tx.sql, input, entry);
    return seenBy(tx.sql, { ...row, reactions_entry: entry ?? row.reactions_entry }, viewer.id);
  });
}

async function seenBy(sql: Sql, row: MessageRow, viewer: UserId): Promise<Message> {
  return asSeenBy(await renderMessage(sql, row), viewer);
}

function parseEmoji(text: string): string {
  const parsed = emojiSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  const message = "must be one emoji as Unicode recommends it for interchange";
  throw new AppError("invalid_input", { detail: `emoji: ${message}`, errors: [{ path: "emoji", message }] });
}

function requireRoom(emoji: string, present: readonly string[], own: readonly string[]): void {
  if (!hasRoomFor(emoji, present, own)) {
    const detail = `At most ${limits.emojiPerMessage} different emoji on a message, and ${limits.emojiPerPerson} of one person`;
    throw new AppError("limit_exceeded", { detail });
  }
}

async function report(
  ctx: Context,
  tx: Tx,
  user: UserId,
  { event, seq, emoji }: ReactionInput,
  op: "added" | "removed",
): Promise<number> {
  return (await append(ctx, tx, eventStream(event), "reaction", { seq, user, emoji, op })).seq;
}
