import {
  type EventId,
  eventId,
  eventStream,
  limits,
  type Message,
  type StreamId,
  type UserId,
} from "@jarvis/contract";
import { z } from "zod";
import type { BusMessage } from "../bus/bus.ts";
import { isSignedOut, type RequestFacts, type Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { decodeCursor, encodeCursor } from "../lib/cursor.ts";
import { renderMessages } from "./messages.ts";
import { listMessagesAfter, listMessagesBefore, type MessageRow } from "./messages-store.ts";
import { asSeenBy } from "./rules.ts";
import { findLastMessage } from "./readers-store.ts";

/** Where a page of messages is: those after a number, or those before one. */
export interface Range {
  after?: number | undefined;
  before?: number | undefined;
  limit?: number | undefined;
}

export interface MessagePage {
  messages: Message[];
  /** Where the next page in the same direction is; absent at the end. */
  next?: { after: number } | { before: number };
}

/** A page of the messages that the caller may read, oldest first. */
export async function listMessages(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  range: Range,
): Promise<MessagePage> {
  const sql = ctx.db.read;
  await requireMember(sql, viewer.id, event);
  if (range.after !== undefined) await requireHistory(sql, event, range.after);
  const limit = range.limit ?? limits.pageDefault;
  const rows = await listRange(sql, viewer.id, event, { ...range, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last && (range.after === undefined ? { before: last.seq } : { after: last.seq });
  if (range.after === undefined) shown.reverse();
  const messages = (await renderMessages(sql, shown)).map((message) => asSeenBy(message, viewer.id));
  return { messages, ...(next ? { next } : {}) };
}

/** Whoever has seen more than there is has seen it in a history that is gone: the store was restored from a backup. */
async function requireHistory(sql: Sql, event: EventId, after: number): Promise<void> {
  if (after === 0 || after <= (await findLastMessage(sql, eventStream(event)))) return;
  throw new AppError("reset", { detail: "The chat has no message of that number" });
}

function listRange(
  sql: Sql,
  viewer: UserId,
  event: EventId,
  range: Range & { limit: number },
): Promise<MessageRow[]> {
  const { after, before = Number.MAX_SAFE_INTEGER, limit } = range;
  if (after !== undefined) return listMessagesAfter(sql, { event, viewer, seq: after }, limit);
  return listMessagesBefore(sql, { event, viewer, seq: before }, limit);
}

const cursor = z.union([
  z.object({ chat: eventId, after: z.int().min(0) }),
  z.object({ chat: eventId, before: z.int().min(0) }),
]);

/** Where a list begins: at the cursor if there is one, which belongs to one chat alone. */
export function rangeOf(chat: EventId, query: Range & { cursor?: string | undefined }): Range {
  if (query.after !== undefined && query.before !== undefined) {
    throw new AppError("invalid_input", { detail: "after and before exclude each other" });
  }
  if (query.cursor === undefined) return query;
  const { chat: owner, ...place } = decodeCursor(cursor, query.cursor);
  if (owner !== chat) throw new AppError("invalid_input", { detail: "The cursor is not one of this list" });
  return { ...place, limit: query.limit };
}

export function cursorOf(chat: EventId, page: MessagePage): string | undefined {
  return page.next && encodeCursor({ chat, ...page.next });
}

/**
 * A page as `listMessages` gives it, or, where there is nothing yet, the next message as soon as it is stored. An empty
 * page when the time is over, the client is gone or the server drains; who loses the right to read meanwhile learns so at once.
 */
export async function awaitMessages(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  range: Range,
  wait: { seconds: number; request: RequestFacts },
): Promise<MessagePage> {
  if (!ctx.connections.take(viewer.id)) throw new AppError("too_many_requests", { retryAfterS: 1 });
  // Listening begins before the first look, so that nothing falls between the two.
  const bell = new Bell(ctx, viewer, event, wait);
  try {
    for (;;) {
      const page = await listMessages(ctx, viewer, event, range);
      if (page.messages.length > 0) return page;
      const rung = await bell.next();
      if (rung === "over") return page;
      // That they were signed out may not have been heard.
      if (rung === "doubt") await wait.request.authenticate();
      if (rung instanceof AppError) throw rung;
    }
  } finally {
    bell.stop();
    ctx.connections.release(viewer.id);
  }
}

type Ring = "message" | "doubt" | "over" | AppError;

/** Rings for what ends one long poll's wait. A ring that nobody awaits yet is kept; an end outranks a message. */
class Bell {
  #rung: Ring | undefined;
  #wake: (() => void) | undefined;
  readonly #stops: (() => void)[];

  constructor(
    ctx: Context,
    viewer: Viewer,
    event: EventId,
    wait: { seconds: number; request: RequestFacts },
  ) {
    const { seconds, request } = wait;
    request.keepOpen(seconds + 15);
    const timer = ctx.clock.schedule(seconds * 1_000, () => this.#ring("over"));
    const stream = eventStream(event);
    const unsubscribe = ctx.bus.subscribe((message) => {
      const ring = ringOf(message, viewer, event, stream);
      if (ring !== undefined) this.#ring(ring);
    });
    const { signal } = request;
    const onAbort = () => this.#ring("over");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const unfollow = ctx.bus.follow(stream);
    this.#stops = [
      () => timer.cancel(),
      unsubscribe,
      unfollow,
      () => signal.removeEventListener("abort", onAbort),
    ];
  }

  async next(): Promise<Ring> {
    if (this.#rung === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    const rung = this.#rung ?? "over";
    if (isPassing(rung)) this.#rung = undefined;
    return rung;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #ring(ring: Ring): void {
    if (this.#rung === undefined || isPassing(this.#rung))
      this.#rung = this.#rung === "doubt" && ring === "message" ? "doubt" : ring;
    this.#wake?.();
  }
}

/** After it the wait goes on. */
function isPassing(ring: Ring): boolean {
  return ring === "message" || ring === "doubt";
}

function ringOf(message: BusMessage, viewer: Viewer, event: EventId, stream: StreamId): Ring | undefined {
  if (message.type === "entry") {
    return message.kind === "message" && message.stream === stream ? "message" : undefined;
  }
  if (message.type === "bus_gap")
    return message.channels === null || message.channels.includes(stream) ? "doubt" : undefined;
  if (message.type === "signed_out")
    return isSignedOut(viewer, message) ? new AppError("unauthenticated") : undefined;
  const left = message.type === "member_left" && message.user === viewer.id && message.event === event;
  return left ? notFound() : undefined;
}
