import type {
  EventId,
  InvitationId,
  MessageId,
  PhotoId,
  PhotoType,
  Precision,
  Role,
  Rsvp,
  SharingState,
  StreamId,
  UserId,
} from "@jarvis/contract";
import type { ColumnType } from "kysely";
import type { CalendarSchema } from "./schema-calendars.ts";
import type { DeviceSchema } from "./schema-devices.ts";
import type { FeedSchema } from "./schema-feeds.ts";
import type { MeetingSchema } from "./schema-meeting.ts";
import type { PollSchema } from "./schema-polls.ts";
import type { ScheduleSchema } from "./schema-schedule.ts";
import type { SeriesSchema } from "./schema-series.ts";
import type { TravelSchema } from "./schema-travel.ts";
import type { ShareAudienceTable, ShareSchema } from "./schema-shares.ts";

/**
 * The tables, as both engines hold them. Instants are integer milliseconds since 1970, truth values are 0 or 1,
 * and every table of an event or a person is keyed by that id first, so that it can be partitioned by it.
 */
export interface Schema
  extends SeriesSchema,
    PollSchema,
    ScheduleSchema,
    CalendarSchema,
    FeedSchema,
    DeviceSchema,
    ShareSchema,
    TravelSchema,
    MeetingSchema {
  user: UserTable;
  identity: { issuer: string; subject: string; user_id: UserId; created_ms: number };
  session: SessionTable;
  passkey: PasskeyTable;
  passkey_challenge: PasskeyChallengeTable;
  sign_in_flow: SignInFlowTable;
  revoked_id_token: { hash: Uint8Array; expires_ms: number };
  friend_request: FriendRequestTable;
  friendship: { user_id: UserId; friend_id: UserId; since_ms: number };
  block: { user_id: UserId; blocked_id: UserId; created_ms: number };
  event: EventTable;
  participant: ParticipantTable;
  invitation: InvitationTable;
  absence: AbsenceTable;
  stream: StreamTable;
  entry: EntryTable;
  message: MessageTable;
  photo: PhotoTable;
  /** Which messages show a photo: the last that does takes it along. */
  message_photo: MessagePhotoTable;
  reaction: ReactionTable;
  /** Who is named by a message, to count those that somebody has not read. */
  mention: { event_id: EventId; user_id: UserId; seq: number };
  pin: PinTable;
  read_marker: { event_id: EventId; user_id: UserId; seq: number };
  fix: FixTable;
  sharing: SharingTable;
  share_audience: ShareAudienceTable;
  location_request: LocationRequestTable;
  meta: { key: string; value: string };
  /** Accounts that were erased: a backup from before that is restored must not bring them back. */
  tombstone: { user_id: UserId; erased_ms: number };
  idempotency: IdempotencyTable;
  /** When a person who shows it was last connected, to the minute. */
  last_seen: { user_id: UserId; seen_ms: number };
  /** Which server does what is to be done once. */
  lease: { name: string; holder: string; until_ms: number };
  chat_index: ChatIndexTable;
  /** FTS5's; PostgreSQL has `message_word`. */
  message_text: MessageTextTable;
  /** A word of a message, at its place in the text. */
  message_word: { event_id: EventId; word: string; seq: number; place: number };
}

/** How far the messages of a chat are in the full-text index. A chat that was never searched has no row. */
export interface ChatIndexTable {
  event_id: EventId;
  /** The index knows a message as `number * 2^28 + seq`, so that those of one chat lie together. */
  number: number;
  indexed_seq: number;
}

/** The full-text index (FTS5). It keeps words, not texts: a text is needed to take one out again. */
export interface MessageTextTable {
  rowid: number;
  text: string;
  /** The index itself, under its own name: takes commands, and is what `match` asks. */
  message_text: ColumnType<string, string | undefined, never>;
}

/** What a call with an `Idempotency-Key` made: its id alone, for 24 hours. */
export interface IdempotencyTable {
  user_id: UserId;
  method: string;
  path: string;
  key: string;
  /** SHA-256 of the body, to tell a repeat from a reused key. */
  body_hash: Uint8Array;
  created_id: string;
  created_ms: number;
}

export interface UserTable {
  id: UserId;
  username: string;
  /** Folded for comparison: NFKC, lower case. Not unique. */
  username_key: string;
  email: string | null;
  /** Unique where present: an address belongs to one account, confirmed or not. */
  email_key: string | null;
  email_confirmed: number;
  password_hash: string | null;
  /** When a password that the operator made stops working; null: one that its owner chose, or none. */
  password_expires_ms: number | null;
  time_zone: string;
  locale: string;
  findable: number;
  findable_by_email: number;
  busy_for: "nobody" | "friends";
  invites_from: "everyone" | "friends";
  show_online: number;
  /** JSON of the setting `hours`. */
  hours: ColumnType<string | null, string | null | undefined>;
  /** Seconds. */
  travel_buffer: ColumnType<number, number | undefined, number>;
  /** Whether what they share in an event ends soon after they have arrived, where they said nothing else for it. */
  until_arrival: ColumnType<number, number | undefined, number>;
  /** ID tokens issued before this instant are refused (sign-out everywhere). */
  id_tokens_from_ms: number;
  version: number;
  created_ms: number;
}

export interface SessionTable {
  /** SHA-256 of the token: the token itself is nowhere in the store. */
  token_hash: Uint8Array;
  id: string;
  user_id: UserId;
  created_ms: number;
  used_ms: number;
  /** Absolute end; the sliding end follows from `used_ms`. */
  expires_ms: number;
  /** The ID token that opened it, if one did: signing the session out refuses that token too. */
  id_token_hash: ColumnType<Uint8Array | null, Uint8Array | null | undefined>;
  id_token_expires_ms: ColumnType<number | null, number | null | undefined>;
  /** When the person proved themselves, where that was before the session began: an ID token says when it was issued. */
  signed_in_ms: ColumnType<number | null, number | null | undefined>;
  /** Access id of the passkey or identity that opened it, which takes it along when it is revoked. */
  opened_by: ColumnType<string | null, string | null | undefined>;
}

export interface PasskeyTable {
  /** As the authenticator names it, base64url. */
  credential_id: string;
  id: string;
  user_id: UserId;
  /** COSE key (RFC 9053). */
  public_key: Uint8Array;
  /** Signatures made so far, as the authenticator counts them; 0 where it does not. */
  counter: number;
  /** JSON list. */
  transports: string;
  name: string;
  created_ms: number;
  used_ms: number | null;
}

export interface PasskeyChallengeTable {
  /** SHA-256 of the challenge. */
  hash: Uint8Array;
  /** The session, or the ID token, that asked for it; null: for signing in. */
  bound_to: string | null;
  expires_ms: number;
}

/** A sign-in with an issuer that a browser has begun. PKCE verifier and nonce follow from what the browser alone holds. */
export interface SignInFlowTable {
  /** SHA-256 of the state and of the browser's cookie. */
  hash: Uint8Array;
  issuer: string;
  return_path: string;
  expires_ms: number;
}

export interface FriendRequestTable {
  to_id: UserId;
  from_id: UserId;
  /** `hidden`: made while blocked; looks pending to its author and reaches nobody. `withdrawn`: declined, then withdrawn. */
  state: "pending" | "declined" | "hidden" | "withdrawn";
  created_ms: number;
  declined_ms: number | null;
}

export interface EventTable {
  id: EventId;
  owner_id: UserId;
  name: string;
  description: string;
  start_ms: number | null;
  duration_ms: number;
  time_zone: string;
  capacity: number | null;
  place_name: string | null;
  place_address: string | null;
  place_latitude: number | null;
  place_longitude: number | null;
  cancelled: number;
  version: number;
  created_ms: number;
  updated_ms: number;
  kind: "single" | "series" | "occurrence";
  /** Whose people, chat and stream it has: the series' id for an occurrence, else its own. */
  group_id: EventId;
  /** When an occurrence takes place by its rule, whatever became of it since: its id is made of it. */
  original_start_ms: number | null;
  all_day: number;
  /** Floating dates of a whole-day event, the end excluded; `start_ms` and `duration_ms` follow from them. */
  start_date: string | null;
  end_date: string | null;
  /** The rule of a series. */
  recurrence: string | null;
  /** JSON list of what an occurrence was given for itself: changes of the series leave it. */
  own_columns: string | null;
}

export interface ParticipantTable {
  event_id: EventId;
  user_id: UserId;
  role: Role;
  rsvp: Rsvp;
  /** `left`: by themselves, and only they can come back; `removed`: by the owner or a host. */
  state: "in" | "left" | "removed";
  /** 0: an invitation that reaches nobody (not welcome, or a silent re-invitation); only `invited_by` sees the row. */
  delivered: number;
  invited_by: UserId;
  /** The invitation by e-mail through which this row exists: until it is answered, people see the address alone. */
  invitation_id: InvitationId | null;
  invited_ms: number;
  answered_ms: number | null;
  /** When the person last left or declined, for the 30 silent days. */
  left_ms: number | null;
  /** How often their answer has changed: what a calendar was told of it grows with it. */
  answers: ColumnType<number, number | undefined>;
}

export interface InvitationTable {
  event_id: EventId;
  id: InvitationId;
  email: string;
  email_key: string;
  invited_by: UserId;
  created_ms: number;
}

/** While somebody was removed: entries and messages numbered from … to (both included; open while `to` is null) are not theirs. */
export interface AbsenceTable {
  event_id: EventId;
  user_id: UserId;
  from_entry: number;
  to_entry: number | null;
  from_message: number;
  to_message: number | null;
}

export interface StreamTable {
  id: StreamId;
  /** Number of the newest entry. */
  last_seq: number;
  /** Number of the newest chat message, for the stream of an event. */
  last_message: number;
  /** Entries up to this number have been pruned. */
  pruned_seq: number;
}

export interface EntryTable {
  stream: StreamId;
  seq: number;
  kind: string;
  /** JSON of references, never of text or addresses: an entry is rendered from the present state when it is delivered. */
  data: string;
  at_ms: number;
}

export interface MessageTable {
  event_id: EventId;
  seq: number;
  id: MessageId;
  author_id: UserId | null;
  client_id: string | null;
  /** SHA-256 of the content as first sent, to tell a repeat from a reused client_id; gone with a deleted message. */
  content_hash: Uint8Array | null;
  text: string;
  reply_to: number | null;
  /** JSON `{code, params}` of a system message. */
  system: string | null;
  sent_ms: number;
  edited_ms: number | null;
  deleted_ms: number | null;
  /** JSON list of the people it names; null: nobody. */
  mentions: ColumnType<string | null, string | null | undefined>;
  /** The entry that last changed its reactions; null: there never were any. */
  reactions_entry: ColumnType<number | null, number | null | undefined>;
}

export interface ReactionTable {
  event_id: EventId;
  user_id: UserId;
  seq: number;
  emoji: string;
  /** The entry that reported it. */
  entry: number;
  /** The entry since which the message has had this emoji, from whomever: its place among the others. */
  since_entry: number;
}

export interface PinTable {
  event_id: EventId;
  seq: number;
  entry: number;
  /** Who put it there; null once their account is erased. */
  user_id: UserId | null;
}

/** A photo whose bytes are kept under its id, and its thumbnail's beside it. */
export interface PhotoTable {
  id: PhotoId;
  event_id: EventId;
  uploader_id: UserId;
  type: PhotoType;
  width: number;
  height: number;
  /** Of the image and its thumbnail together. */
  bytes: number;
  /** 1 once a message has shown it; it then goes with the last that does. */
  shown: number;
  created_ms: number;
}

export interface MessagePhotoTable {
  event_id: EventId;
  seq: number;
  position: number;
  photo_id: PhotoId;
}

export interface FixTable {
  user_id: UserId;
  /** Empty for a fix that was not made for one event alone. */
  event_id: EventId | "";
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  at_ms: number;
  received_ms: number;
}

export interface SharingTable {
  event_id: EventId;
  user_id: UserId;
  state: SharingState;
  precision: Precision;
  /** Start of the present `on` interval: fixes made before it are never shown. */
  since_ms: number | null;
  until_ms: number | null;
  updated_ms: number;
  /** Whether it ends soon after arriving; null: as the person's setting says. */
  until_arrival: ColumnType<number | null, number | null | undefined>;
}

export interface LocationRequestTable {
  event_id: EventId;
  from_id: UserId;
  to_id: UserId;
  state: "pending" | "shared" | "declined";
  created_ms: number;
  answered_ms: number | null;
}
