import { type EventId, eventId, eventStream, limits, type Message } from "@jarvis/contract";
import { z } from "zod";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { WordQuery } from "../db/words/word-index.ts";
import { type Away, readableOf, requireMember } from "../events/service.ts";
import { notFound } from "../lib/app-error.ts";
import { decodeCursor, encodeCursor } from "../lib/cursor.ts";
import { asSeenBy, matchOf } from "./rules.ts";
import { catchUp } from "./search-index.ts";
import { findIndex, listMatches } from "./search-store.ts";
import { messagesBySeq } from "./messages.ts";
import { findLastMessage } from "./readers-store.ts";

export interface Search {
  q: string;
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface Found {
  messages: Message[];
  nextCursor: string | undefined;
}

const cursor = z.object({ chat: eventId, q: z.string(), before: z.int().min(1) });

/** Messages that the caller may read and that have every word of the question, newest first. */
export async function searchMessages(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  search: Search,
): Promise<Found> {
  await requireMember(ctx.db.read, viewer.id, event);
  const before = placeOf(event, search);
  const words = matchOf(search.q);
  if (words === null) return { messages: [], nextCursor: undefined };
  if (!(await isIndexed(ctx, event))) await catchUp(ctx, event);
  const limit = search.limit ?? limits.pageDefault;
  // Asked again after the wait: whoever was removed meanwhile reads nothing.
  const aways = (await readableOf(ctx.db.read, viewer.id, [event])).get(event);
  if (aways === undefined) throw notFound();
  const seqs = await readableMatches(ctx, event, aways, { ...words, before, limit: limit + 1 });
  const shown = seqs.slice(0, limit);
  const last = seqs.length > limit ? shown.at(-1) : undefined;
  const found = await messagesBySeq(ctx.db.read, event, shown);
  return {
    messages: shown.flatMap((seq) => asSeen(found.get(seq), viewer)),
    nextCursor: last === undefined ? undefined : encodeCursor({ chat: event, q: search.q, before: last }),
  };
}

function asSeen(message: Message | undefined, viewer: Viewer): Message[] {
  return message === undefined ? [] : [asSeenBy(message, viewer.id)];
}

async function isIndexed(ctx: Context, event: EventId): Promise<boolean> {
  const indexed = (await findIndex(ctx.db.read, event))?.indexed_seq ?? 0;
  return indexed === (await findLastMessage(ctx.db.read, eventStream(event)));
}

/** A cursor belongs to one chat and one question. */
function placeOf(event: EventId, search: Search): number {
  if (search.cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const same = cursor.extend({ chat: z.literal(event), q: z.literal(search.q) });
  return decodeCursor(same, search.cursor).before;
}

/** What was written while the caller was removed is passed over: at once, however much of it has these words. */
async function readableMatches(
  ctx: Context,
  event: EventId,
  aways: readonly Away[],
  query: WordQuery,
): Promise<number[]> {
  const chat = await findIndex(ctx.db.read, event);
  if (chat === undefined) return [];
  const readable: number[] = [];
  for (let { before } = query; readable.length < query.limit; ) {
    const page = await listMatches(ctx.db.read, chat, { ...query, before });
    readable.push(...page.filter((seq) => !aways.some((away) => isHidden(seq, away))));
    if (page.length < query.limit) break;
    before = beginningOf(page.at(-1) ?? 0, aways);
  }
  return readable.slice(0, query.limit);
}

/** Where the time begins that hides this message; the message itself where none does. */
function beginningOf(seq: number, aways: readonly Away[]): number {
  return aways.find((away) => isHidden(seq, away))?.from_message ?? seq;
}

function isHidden(seq: number, away: Away): boolean {
  return seq >= away.from_message && (away.to_message === null || seq <= away.to_message);
}
