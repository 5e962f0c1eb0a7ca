import type { DeviceId, EventId, IngestProtocol, UserId } from "@jarvis/contract";

/** The tables of phones that report positions, as `Schema` has them. */
export interface DeviceSchema {
  device: DeviceTable;
  device_tid: DeviceTidTable;
}

/** A token that writes positions of its person. */
export interface DeviceTable {
  /** SHA-256 of the token: the token itself is nowhere in the store. */
  hash: Uint8Array;
  id: DeviceId;
  user_id: UserId;
  name: string;
  /** Whether it receives whom its person may see. */
  friends: number;
  created_ms: number;
  /** To the minute; null: never. */
  used_ms: number | null;
  app: IngestProtocol | null;
  /** Why its last point was dropped, and when. */
  problem: string | null;
  problem_ms: number | null;
  /** The event whose venue the phone watches, and a hash of what it was told of it. */
  region_event: EventId | null;
  region_hash: string | null;
}

/** The two characters by which OwnTracks on a device knows a person that it was shown, `owner_id` being its own. */
export interface DeviceTidTable {
  device_id: DeviceId;
  user_id: UserId;
  owner_id: UserId;
  tid: string;
}
