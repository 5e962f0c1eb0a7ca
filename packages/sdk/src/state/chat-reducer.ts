import type { ChatMessage, ChatState, EventState, Reaction } from "./event-state.ts";
import { findMessage, putMessage } from "./messages.ts";
import { countChange, recount } from "./unread.ts";

/** Who looks at the state, and how many messages of a chat are held. */
export interface Viewing {
  readonly self: string;
  readonly messages: number;
}

/** A new message. One that the state was fetched after has been counted, and is only brought up to date. */
export function messageArrived(event: EventState, message: ChatMessage, viewing: Viewing): EventState {
  const { chat } = event;
  const isCounted = message.seq <= chat.last_seq;
  if (isCounted && findMessage(chat.messages, message.seq)) return messageChanged(event, message, viewing);
  if (isCounted) return { ...event, chat: { ...chat, ...putMessage(chat, message, viewing.messages) } };
  const counted = countChange(chat, viewing.self, undefined, message);
  const window = putMessage(counted, message, viewing.messages);
  return { ...event, chat: { ...counted, ...window, last_seq: message.seq } };
}

/** Edited or deleted. Of one outside the window it is not known whether it was counted: the counts are fetched. */
export function messageChanged(event: EventState, message: ChatMessage, viewing: Viewing): EventState {
  const { chat } = event;
  const before = findMessage(chat.messages, message.seq);
  const pins = message.deleted === true ? chat.pins.filter((seq) => seq !== message.seq) : chat.pins;
  if (before === undefined) {
    const isRead = message.seq <= (chat.read[viewing.self] ?? 0);
    return { ...event, chat: { ...chat, pins }, stale: event.stale || !isRead };
  }
  const counted = countChange(chat, viewing.self, before, message);
  return { ...event, chat: { ...counted, ...putMessage(counted, message, viewing.messages), pins } };
}

/** A read marker; it never goes backwards. */
export function markerMoved(event: EventState, user: string, seq: number, { self }: Viewing): EventState {
  const { chat } = event;
  if (seq <= (chat.read[user] ?? -1)) return event;
  const moved = { ...chat, read: { ...chat.read, [user]: seq } };
  if (user !== self) return { ...event, chat: moved };
  const counted = recount(moved, self);
  return counted === undefined ? { ...event, chat: moved, stale: true } : { ...event, chat: counted };
}

/** What an entry says of a reaction to message `seq`. */
export interface ReactionChange {
  readonly seq: number;
  readonly user: string;
  readonly emoji: string;
  readonly op: string;
}

/** One that comes again moves to the end, so that what is replayed over a newer state ends in the right order. */
export function reactionChanged(
  event: EventState,
  change: ReactionChange,
  entry: number,
  viewing: Viewing,
): EventState {
  const message = findMessage(event.chat.messages, change.seq);
  if (message === undefined || (message.reactions_entry ?? 0) >= entry) return event;
  const without = withoutReaction(message.reactions ?? [], change.user, change.emoji);
  const reactions = change.op === "added" ? withReaction(without, change.user, change.emoji) : without;
  const changed = withReactions({ ...message, reactions_entry: entry }, reactions);
  return { ...event, chat: { ...event.chat, ...putMessage(event.chat, changed, viewing.messages) } };
}

/** A message without any has no such field. */
function withReactions(message: ChatMessage, reactions: Reaction[]): ChatMessage {
  const { reactions: _, ...rest } = message;
  return reactions.length === 0 ? rest : { ...rest, reactions };
}

function withReaction(reactions: Reaction[], user: string, emoji: string): Reaction[] {
  if (!reactions.some((reaction) => reaction.emoji === emoji))
    return [...reactions, { emoji, users: [user] }];
  return reactions.map((reaction) =>
    reaction.emoji === emoji ? { emoji, users: [...reaction.users, user] } : reaction,
  );
}

function withoutReaction(reactions: Reaction[], user: string, emoji: string | null): Reaction[] {
  const left = reactions.map((reaction) =>
    emoji === null || reaction.emoji === emoji
      ? { ...reaction, users: reaction.users.filter((other) => other !== user) }
      : reaction,
  );
  return left.filter(({ users }) => users.length > 0);
}

export function pinChanged(event: EventState, seq: number, op: string): EventState {
  const others = event.chat.pins.filter((pin) => pin !== seq);
  return { ...event, chat: { ...event.chat, pins: op === "pinned" ? [seq, ...others] : others } };
}

/** Somebody's new name on everything they wrote. */
export function authorRenamed(chat: ChatState, user: string, username: string): ChatState {
  return mapAuthored(chat, user, (message) => ({ ...message, author: { id: user, username } }));
}

/** What an erased person wrote stays, without author; their photos, reactions and markers go. */
export function authorErased(chat: ChatState, user: string): ChatState {
  const { [user]: _, ...read } = chat.read;
  const authorless = mapAuthored(chat, user, ({ client_id: _id, photos: _photos, ...message }) => ({
    ...message,
    author: null,
  }));
  const messages = authorless.messages.map((message) =>
    message.reactions?.some(({ users }) => users.includes(user))
      ? withReactions(message, withoutReaction(message.reactions, user, null))
      : message,
  );
  return { ...authorless, messages, read };
}

function mapAuthored(
  chat: ChatState,
  user: string,
  change: (message: ChatMessage) => ChatMessage,
): ChatState {
  const messages = chat.messages.map((message) => (message.author?.id === user ? change(message) : message));
  return { ...chat, messages };
}
