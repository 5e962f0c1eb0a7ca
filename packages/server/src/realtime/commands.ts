import type { Viewer } from "../call.ts";
import { announceTyping, markRead } from "../chat/readers.ts";
import { sendMessage } from "../chat/sending.ts";
import type { Context } from "../context.ts";
import { uploadSoon } from "../location/service.ts";
import { encode } from "./frames.ts";
import type { FriendPresence } from "./friend-presence.ts";
import type { Presence } from "./presence.ts";
import type { Command, Session } from "./session.ts";

export interface Sender {
  readonly ctx: Context;
  readonly presence: Presence;
  readonly friends: FriendPresence;
  readonly session: Session;
  readonly viewer: Viewer;
}

const typingEveryMs = 1_000;

/** Does what a frame asks, through the same use cases as HTTP; what it throws is answered with an error frame. */
export async function executeFrame(sender: Sender, frame: Command): Promise<void> {
  const { ctx, viewer, session, presence, friends } = sender;
  switch (frame.type) {
    case "send":
      return send(sender, frame);
    case "read":
      await markRead(ctx, viewer, frame.chat, frame.seq);
      return;
    case "typing":
      return type(sender, frame);
    case "watch":
      return watch(sender, frame);
    case "unwatch":
      if (frame.event !== undefined) presence.unwatch(session, frame.event);
      if (frame.user !== undefined) friends.unwatch(session, frame.user);
      return;
    case "location":
      await ctx.rates.consume("position", () => ({ user: viewer.id, address: "" }));
      return uploadSoon(ctx, viewer.id, frame, frame.event ?? null);
    case "ping":
      return session.send(encode({ type: "pong", ...echo(frame.ref) }));
    default:
      frame satisfies never;
  }
}

/** One of the two is named. */
async function watch(
  { session, viewer, presence, friends }: Sender,
  { event, user }: Extract<Command, { type: "watch" }>,
): Promise<void> {
  if (event !== undefined) await presence.watch(session, viewer, event);
  if (user !== undefined) friends.watch(session, user);
}

/** The acknowledgement leaves once the message is on the disk, right after the message itself. */
async function send(
  { ctx, viewer, session }: Sender,
  frame: Extract<Command, { type: "send" }>,
): Promise<void> {
  await ctx.rates.consume("chat", () => ({ user: viewer.id, address: "" }));
  const { chat, client_id, ref } = frame;
  await sendMessage(ctx, viewer, chat, frame, null, (seq) =>
    session.post(encode({ type: "ack", chat, client_id, seq, ...echo(ref) })),
  );
}

/** More often than once a second tells the others nothing new. */
async function type(
  { ctx, viewer, session }: Sender,
  frame: Extract<Command, { type: "typing" }>,
): Promise<void> {
  const now = ctx.clock.monotonic();
  if (now - session.typedMs < typingEveryMs) return;
  session.typedMs = now;
  await announceTyping(ctx, viewer, frame.chat);
}

function echo(ref: string | number | undefined): { ref?: string | number } {
  return ref === undefined ? {} : { ref };
}
