import type { UserId } from "@jarvis/contract";

/** The tables of calendars that others read here, as `Schema` has them. */
export interface FeedSchema {
  feed: FeedTable;
  /** What a calendar client was told by a token: entity tags by name, as compressed JSON. `told_ms` is to the day. */
  feed_snapshot: { user_id: UserId; token: string; told_ms: number; objects: Uint8Array };
}

/** A secret that opens a person's calendar, or their busy times alone. The two of a person have one id, and go together. */
export interface FeedTable {
  /** SHA-256 of the secret: the secret itself is nowhere in the store. */
  hash: Uint8Array;
  user_id: UserId;
  id: string;
  kind: "calendar" | "freebusy";
  created_ms: number;
  /** To the hour; null: never. */
  used_ms: number | null;
  /** What was last told of, and when that was first noticed. */
  etag: string | null;
  changed_ms: number | null;
}
