import type { EventId, Precision, UserId } from "@jarvis/contract";
import type { ColumnType } from "kysely";

/** The tables of who is shown where somebody is beside events, and of who looked, as `Schema` has them. */
export interface ShareSchema {
  friend_share: FriendShareTable;
  location_view: LocationViewTable;
}

/** Somebody shows a friend where they are, outside any event. */
export interface FriendShareTable {
  user_id: UserId;
  friend_id: UserId;
  precision: Precision;
  /** Fixes made before it are never shown. */
  since_ms: number;
  until_ms: number;
  /** When the friend last looked; null: never. */
  viewed_ms: number | null;
}

/** Who looked where somebody was, and when last: kept for 30 days, whatever has become of the event, the share or the two. */
export interface LocationViewTable {
  sharer_id: UserId;
  /** Empty where they looked through a share. */
  event_id: EventId | "";
  viewer_id: UserId;
  at_ms: number;
}

export interface ShareAudienceTable {
  event_id: EventId;
  sharer_id: UserId;
  viewer_id: UserId;
  /** Since when they have been in the audience without a break: what was before is not theirs. 0: before this was kept. */
  since_ms: ColumnType<number, number | undefined, number>;
}
