import {
  limits,
  type Message,
  type Person,
  type Photo,
  type Role,
  type Rsvp,
  type UserId,
} from "@jarvis/contract";

interface StoredMessage extends Pick<Message, "seq" | "id" | "chat" | "text" | "sent_ms"> {
  author_id: UserId | null;
  username: string | null;
  client_id: string | null;
  reply_to: number | null;
  system: Message["system"] | null;
  mentions: readonly UserId[] | null;
  photos: Photo[] | null;
  edited_ms: number | null;
  deleted_ms: number | null;
}

/** The reactions to a message, as of an entry. */
export type Reactions = Required<Pick<Message, "reactions" | "reactions_entry">>;

/** A message as its author sees it; others get it through `withoutClientId`. */
export function toMessage(stored: StoredMessage, reactions: Reactions | undefined): Message {
  const { author_id, username } = stored;
  const message: Message = {
    seq: stored.seq,
    id: stored.id,
    chat: stored.chat,
    author: author_id === null || username === null ? null : { id: author_id, username },
    text: stored.text,
    sent_ms: stored.sent_ms,
  };
  if (stored.edited_ms !== null) message.edited_ms = stored.edited_ms;
  if (stored.deleted_ms !== null) message.deleted = true;
  if (stored.reply_to !== null) message.reply_to = stored.reply_to;
  if (stored.system !== null) message.system = stored.system;
  if (stored.photos !== null) message.photos = stored.photos;
  if (stored.mentions !== null) message.mentions = [...stored.mentions];
  if (reactions !== undefined) {
    message.reactions_entry = reactions.reactions_entry;
    if (reactions.reactions.length > 0) message.reactions = reactions.reactions;
  }
  if (stored.client_id !== null) message.client_id = stored.client_id;
  return message;
}

/** The form for everybody but the author. */
export function withoutClientId(message: Message): Message {
  const { client_id: _, ...rest } = message;
  return rest;
}

export function asSeenBy(message: Message, viewer: UserId): Message {
  return message.author?.id === viewer ? message : withoutClientId(message);
}

/** What makes two sends under one `client_id` the same: everything the author chose. */
export function contentOf(input: {
  text: string;
  reply_to?: number | undefined;
  mentions?: readonly UserId[] | undefined;
  photos?: readonly string[] | undefined;
}): string {
  const { text, reply_to = null, mentions } = input;
  const photos = input.photos?.length === 0 ? undefined : input.photos;
  // What older servers did not know is in the hash only where it is given: theirs still hold.
  if (mentions !== undefined || photos !== undefined)
    return JSON.stringify([text, reply_to, { mentions, photos }]);
  return JSON.stringify([text, reply_to]);
}

/** A deleted message keeps no trace of its content, so any repeat of its `client_id` counts as the same. */
export function isRepeat(hash: Uint8Array | null, other: Uint8Array): boolean {
  return (
    hash === null || (hash.length === other.length && hash.every((byte, index) => byte === other[index]))
  );
}

interface Judged {
  author_id: UserId | null;
  deleted_ms: number | null;
  /** Not null for a message that the server wrote: it stays as it is. */
  system: unknown;
}

export function canEdit(message: Judged, viewer: UserId): boolean {
  return message.author_id === viewer && message.deleted_ms === null && message.system === null;
}

export function canDelete(message: Judged, viewer: { id: UserId; role: Role }): boolean {
  if (message.system !== null) return false;
  return message.author_id === viewer.id || viewer.role === "owner" || viewer.role === "host";
}

export function canReact({ deleted_ms, system }: Judged): boolean {
  return deleted_ms === null && system === null;
}

export function canPin({ deleted_ms }: Judged): boolean {
  return deleted_ms === null;
}

/** Whether somebody may give one more emoji, which is not theirs yet. */
export function hasRoomFor(emoji: string, present: readonly string[], own: readonly string[]): boolean {
  if (own.length >= limits.emojiPerPerson) return false;
  return present.includes(emoji) || present.length < limits.emojiPerMessage;
}

/** Where a read marker goes: forward only, and not past the newest message. */
export function movedMarker(present: number, wanted: number, lastSeq: number): number {
  return Math.max(present, Math.min(wanted, lastSeq));
}

interface KnownPerson {
  id: UserId;
  username: string;
  role: Role | null;
  rsvp: Rsvp | null;
}

/**
 * Never with an e-mail, and never with an invitation: whoever was reported by id stays known by it, and an invitation
 * by e-mail that reached the same person since must not take its place, or it would tell whose the address is.
 */
export function toPerson({ id, username, role, rsvp }: KnownPerson): Person {
  return { id, username, email: null, role: role ?? "guest", rsvp: rsvp ?? "none", invitation: null };
}

/** What FTS5's tokenizer takes for part of a word: letters, digits and private use (sqlite.org/fts5.html, "unicode61"). */
const wordCharacter = /[\p{L}\p{N}\p{Co}]/u;

/**
 * What a question looks for: every word must be there, the last one as the beginning of a word from two characters on
 * (one alone would be looked for in every chat of the server). Null when there is no word in it, which finds nothing.
 */
export function matchOf(question: string): { phrases: string[]; prefix: boolean } | null {
  const phrases = question.split(/\s+/u).filter((word) => wordCharacter.test(word));
  return phrases.length === 0 ? null : { phrases, prefix: (phrases.at(-1)?.length ?? 0) > 1 };
}
