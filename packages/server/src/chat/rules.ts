import type { Message, Person, Photo, Role, Rsvp, UserId } from "@jarvis/contract";

interface StoredMessage
  extends Omit<Message, "author" | "reply_to" | "edited_ms" | "deleted" | "system" | "photos" | "client_id"> {
  author_id: UserId | null;
  username: string | null;
  client_id: string | null;
  reply_to: number | null;
  system: Message["system"] | null;
  photos: Photo[] | null;
  edited_ms: number | null;
  deleted_ms: number | null;
}

/** A message as its author sees it; others get it through `withoutClientId`. */
export function toMessage(stored: StoredMessage): Message {
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
  if (stored.photos !== null) message.photos = stored.photos;
  if (stored.system !== null) message.system = stored.system;
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
export function contentOf(input: Content): string {
  const { text, reply_to, photos } = input;
  const more = photos === undefined || photos.length === 0 ? [] : [{ photos }];
  return JSON.stringify([text, reply_to ?? null, ...more]);
}

interface Content {
  text: string;
  reply_to?: number | undefined;
  photos?: readonly string[] | undefined;
}

/** A deleted message keeps no trace of its content, so any repeat of its `client_id` counts as the same. */
export function isRepeat(hash: Uint8Array | null, other: Uint8Array): boolean {
  return (
    hash === null || (hash.length === other.length && hash.every((byte, index) => byte === other[index]))
  );
}

export function canEdit(
  message: { author_id: UserId | null; deleted_ms: number | null },
  viewer: UserId,
): boolean {
  return message.author_id === viewer && message.deleted_ms === null;
}

export function canDelete(
  message: { author_id: UserId | null },
  viewer: { id: UserId; role: Role },
): boolean {
  return message.author_id === viewer.id || viewer.role === "owner" || viewer.role === "host";
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
