import {
  type CalendarId,
  type DeviceId,
  emailKey,
  type EventId,
  eventStream,
  type MessageId,
  type OptionId,
  type Persona,
  type PhotoId,
  type UserId,
  userStream,
} from "@jarvis/contract";
import type { Context } from "../../../src/context.ts";
import type { Tx } from "../../../src/db/database.ts";
import { sha256 } from "../../../src/lib/ids.ts";
import type { Seeded } from "../seed.ts";
import { hour, minute, plaza } from "../meeting.ts";
import { insertCalendarOf, insertDeviceOf } from "./belongings.ts";

/** How an event stands: its window is open, still to come, or gone because it was cancelled. */
export const shapes = ["open", "early", "cancelled"] as const;
export type Shape = (typeof shapes)[number];

/** Everybody and everything that one cell of the matrix needs, made for it alone. */
export interface Cast {
  readonly persona: Persona;
  /** Who calls. */
  readonly me: Seeded;
  /** Owns the event; where the caller does, another host. */
  readonly owner: Seeded;
  /** Has accepted, shares with the caller and has asked them to share. */
  readonly guest: Seeded;
  /** Has asked the caller to be friends, has a password, and takes part in nothing. */
  readonly asker: Seeded;
  /** A friend who takes part in nothing. */
  readonly pal: Seeded;
  /** In unix seconds. */
  readonly inAnHour: number;
  readonly event: EventId;
  /** An event of others. */
  readonly foreign: EventId;
  readonly missing: string;
  /** Shown by a message of the event, and one of the event of others. */
  readonly photo: PhotoId;
  readonly foreignPhoto: PhotoId;
  /** A file that the caller has imported. */
  readonly calendar: CalendarId;
  /** A phone of the caller that may report positions. */
  readonly device: DeviceId;
  /** Where the event is a series, one of its occurrences, when it begins in unix seconds, and one of the event of others. */
  readonly occurrence: EventId;
  readonly original: number;
  readonly foreignOccurrence: EventId;
  /** Of the event's poll. */
  readonly option: OptionId;
}

/** Numbers of the messages in every event: of the owner, of the time when `readded` was away, and of the caller. */
export const messages = { owners: 1, whileAway: 2, own: 3 } as const;
export const askersPassword = "correct horse";
/** Where the guest is: nobody but who may be shown it may find these digits in an answer. */
export const guestsPlace = { latitude: 12.345678, longitude: 98.765432 };
/** Where the owner is, who shows it to the caller beside events: nobody but a friend may find these digits in an answer. */
export const ownersPlace = { latitude: -34.567891, longitude: 45.678912 };
/** When the owner was last seen, to the minute: only who may know of their online state may find these digits. */
export const ownersSeenMs = 1_912_345_620_000;
export const awayText = "said while away";

type Standing = { role?: "host" | "owner"; rsvp?: "none" | "maybe" | "declined"; state?: "removed" };
const standings: Partial<Record<Persona, Standing>> = {
  anonymous: {},
  logged_out: {},
  erased: {},
  invited: { rsvp: "none" },
  maybe: { rsvp: "maybe" },
  declined: { rsvp: "declined" },
  accepted: {},
  host: { role: "host" },
  owner: { role: "owner" },
  removed: { state: "removed" },
  readded: {},
  blocked: {},
  blocker: {},
};

/** Makes them directly in the store, in one unit of work: calls would cost ten times as much. */
export async function seedCast(ctx: Context, persona: Persona, shape: Shape): Promise<Cast> {
  const event = ctx.random.id() as EventId; // made as the server makes it, as all ids here
  const foreign = ctx.random.id() as EventId;
  const original = Math.floor(startOf(ctx, shape) / 1_000);
  const cast: Cast = {
    persona,
    me: newPerson(ctx, "me"),
    owner: newPerson(ctx, "owner"),
    guest: newPerson(ctx, "guest"),
    asker: newPerson(ctx, "asker"),
    pal: newPerson(ctx, "pal"),
    inAnHour: ctx.clock.now() / 1_000 + 3_600,
    event,
    foreign,
    original,
    occurrence: `${event}_${original}` as EventId,
    foreignOccurrence: `${foreign}_${original}` as EventId,
    missing: ctx.random.id(),
    photo: ctx.random.id() as PhotoId,
    foreignPhoto: ctx.random.id() as PhotoId,
    calendar: ctx.random.id() as CalendarId,
    device: ctx.random.id() as DeviceId,
    option: ctx.random.id() as OptionId,
  };
  await ctx.db.write(async (tx) => {
    await insertPeople(ctx, tx, cast);
    const { me, owner, guest } = cast;
    const isOwner = persona === "owner";
    const mine = standings[persona];
    await insertEvent(ctx, tx, cast.event, shape, isOwner ? me : owner, me);
    await insertParticipant(ctx, tx, cast.event, owner, isOwner ? { role: "host" } : { role: "owner" });
    await insertParticipant(ctx, tx, cast.event, guest, {});
    if (mine !== undefined) await insertParticipant(ctx, tx, cast.event, me, mine);
    await insertEvent(ctx, tx, cast.foreign, "open", guest, guest);
    await insertParticipant(ctx, tx, cast.foreign, guest, { role: "owner" });
    await insertPhoto(ctx, tx, cast.photo, cast.event, isOwner ? me : owner);
    await insertPhoto(ctx, tx, cast.foreignPhoto, cast.foreign, guest);
    await insertLocations(ctx, tx, cast, shape);
    await insertRelations(ctx, tx, cast);
    await insertCalendarOf(ctx, tx, cast);
    await insertDeviceOf(ctx, tx, cast);
    if (persona === "erased") await erase(tx, cast);
  });
  return cast;
}

function newPerson(ctx: Context, name: string): Seeded {
  const id = ctx.random.id() as UserId;
  return { id, token: ctx.random.token(), session: ctx.random.id(), email: `${name}-${id}@example.org` };
}

async function insertPeople(ctx: Context, tx: Tx, { me, owner, guest, asker, pal }: Cast): Promise<void> {
  const now = ctx.clock.now();
  const people = [me, owner, guest, asker, pal];
  const settings = { findable: 1, findable_by_email: 0, show_online: 1, time_zone: "UTC", locale: "en" };
  const users = people.map(({ id, email }) => ({
    ...settings,
    id,
    username: `U${id}`,
    username_key: `u${id}`,
    email,
    email_key: emailKey(email),
    email_confirmed: 1,
    password_hash: id === asker.id ? `quick:${askersPassword}` : null,
    busy_for: "nobody" as const,
    invites_from: "everyone" as const,
    id_tokens_from_ms: 0,
    version: 1,
    created_ms: now,
  }));
  await tx.sql.insertInto("user").values(users).execute();
  const streams = people.map(({ id }) => ({
    id: userStream(id),
    last_seq: 0,
    last_message: 0,
    pruned_seq: 0,
  }));
  await tx.sql.insertInto("stream").values(streams).execute();
  const session = { token_hash: sha256(me.token), id: me.session, user_id: me.id };
  const times = { created_ms: now, used_ms: now, expires_ms: now + 2_160 * hour };
  await tx.sql
    .insertInto("session")
    .values({ ...session, ...times })
    .execute();
}

async function insertEvent(
  ctx: Context,
  tx: Tx,
  id: EventId,
  shape: Shape,
  owner: Seeded,
  writer: Seeded,
): Promise<void> {
  const now = ctx.clock.now();
  const times = { version: 1, created_ms: now, updated_ms: now };
  const place = { place_name: "Plaza", place_address: "", place_latitude: plaza.latitude };
  await tx.sql
    .insertInto("event")
    .values({
      id,
      owner_id: owner.id,
      name: "Lunch",
      description: "",
      start_ms: startOf(ctx, shape),
      duration_ms: hour,
      time_zone: "UTC",
      capacity: null,
      ...place,
      place_longitude: plaza.longitude,
      cancelled: shape === "cancelled" ? 1 : 0,
      kind: "single",
      group_id: id,
      all_day: 0,
      ...times,
    })
    .execute();
  const authors = [owner.id, owner.id, writer.id];
  await tx.sql
    .insertInto("stream")
    .values({ id: eventStream(id), last_seq: authors.length, last_message: authors.length, pruned_seq: 0 })
    .execute();
  const rows = authors.map((author_id, index) => ({
    event_id: id,
    seq: index + 1,
    id: ctx.random.id() as MessageId,
    author_id,
    client_id: null,
    content_hash: null,
    text: index + 1 === messages.whileAway ? awayText : "hello",
    reply_to: null,
    system: null,
    sent_ms: now,
    edited_ms: null,
    deleted_ms: null,
  }));
  await tx.sql.insertInto("message").values(rows).execute();
  const entries = rows.map(({ seq }) => ({
    stream: eventStream(id),
    seq,
    kind: "message",
    data: JSON.stringify({ seq }),
    at_ms: now,
  }));
  await tx.sql.insertInto("entry").values(entries).execute();
}

/** Without its files. */
async function insertPhoto(
  ctx: Context,
  tx: Tx,
  id: PhotoId,
  event_id: EventId,
  uploader: Seeded,
): Promise<void> {
  const size = { type: "image/jpeg" as const, width: 1, height: 1, bytes: 2, shown: 1 };
  await tx.sql
    .insertInto("photo")
    .values({ id, event_id, uploader_id: uploader.id, ...size, created_ms: ctx.clock.now() })
    .execute();
  const seq = messages.owners;
  await tx.sql.insertInto("message_photo").values({ event_id, seq, position: 0, photo_id: id }).execute();
}

/** A file for each photo of a cast, whatever is in it. */
export async function seedPhotoFiles({ photos }: Context, { photo, foreignPhoto }: Cast): Promise<void> {
  for (const id of [photo, foreignPhoto])
    for (const name of [id, `${id}.thumb`]) await Bun.write(`${photos.blobs.place}/${name}`, "image");
}

function startOf(ctx: Context, shape: Shape): number {
  return ctx.clock.now() + (shape === "early" ? 48 * hour : 30 * minute);
}

async function insertParticipant(
  ctx: Context,
  tx: Tx,
  event_id: EventId,
  { id }: Seeded,
  { role, rsvp, state }: Standing,
): Promise<void> {
  const now = ctx.clock.now();
  await tx.sql
    .insertInto("participant")
    .values({
      event_id,
      user_id: id,
      role: role ?? "guest",
      rsvp: rsvp ?? "accepted",
      state: state ?? "in",
      delivered: 1,
      invited_by: id,
      invitation_id: null,
      invited_ms: now,
      answered_ms: null,
      left_ms: rsvp === "declined" ? now : null,
    })
    .execute();
}

async function insertLocations(ctx: Context, tx: Tx, cast: Cast, shape: Shape): Promise<void> {
  const { event, me, owner, guest } = cast;
  const now = ctx.clock.now();
  const none = { accuracy: null, altitude: null, speed: null, heading: null, battery: null };
  const fix = { ...none, at_ms: now, received_ms: now };
  const points = new Map([
    [me.id, { ...fix, latitude: 23.456789, longitude: 0 }],
    [guest.id, { ...fix, ...guestsPlace }],
    [owner.id, { ...fix, ...ownersPlace }],
  ]);
  for (const [user_id, point] of points)
    await tx.sql
      .insertInto("fix")
      .values({ user_id, event_id: "", ...point })
      .execute();
  // The store is read at the start alone.
  tx.onCommit(() => {
    for (const [user, point] of points) ctx.tracks.put(user, "", point, false);
  });
  // A share that the end of a friendship or a block has left behind shows nothing.
  const share = { precision: "exact" as const, since_ms: now, until_ms: now + hour, viewed_ms: null };
  await tx.sql
    .insertInto("friend_share")
    .values({ user_id: owner.id, friend_id: me.id, ...share })
    .execute();
  const start = startOf(ctx, shape);
  const consent = { since_ms: start - hour, until_ms: start + hour + 15 * minute, updated_ms: now };
  await tx.sql
    .insertInto("sharing")
    .values({ event_id: event, user_id: guest.id, state: "on", precision: "exact", ...consent })
    .execute();
  await tx.sql
    .insertInto("share_audience")
    .values({ event_id: event, sharer_id: guest.id, viewer_id: me.id })
    .execute();
  const asked = { state: "pending" as const, created_ms: now, answered_ms: null };
  await tx.sql
    .insertInto("location_request")
    .values({ event_id: event, from_id: guest.id, to_id: me.id, ...asked })
    .execute();
}

async function insertRelations(ctx: Context, tx: Tx, cast: Cast): Promise<void> {
  const { persona, me, owner, asker, pal, event } = cast;
  const now = ctx.clock.now();
  await tx.sql.insertInto("last_seen").values({ user_id: owner.id, seen_ms: ownersSeenMs }).execute();
  const open = { state: "pending" as const, created_ms: now, declined_ms: null };
  await tx.sql
    .insertInto("friend_request")
    .values({ to_id: me.id, from_id: asker.id, ...open })
    .execute();
  for (const friend of persona === "friend" ? [pal, owner] : [pal]) {
    const both = [
      { user_id: me.id, friend_id: friend.id, since_ms: now },
      { user_id: friend.id, friend_id: me.id, since_ms: now },
    ];
    await tx.sql.insertInto("friendship").values(both).execute();
  }
  if (persona === "fellow") {
    const other = ctx.random.id() as EventId;
    await insertEvent(ctx, tx, other, "open", owner, owner);
    await insertParticipant(ctx, tx, other, owner, { role: "owner" });
    await insertParticipant(ctx, tx, other, me, {});
  }
  if (persona === "blocked" || persona === "blocker") {
    const [user_id, blocked_id] = persona === "blocker" ? [me.id, owner.id] : [owner.id, me.id];
    await tx.sql.insertInto("block").values({ user_id, blocked_id, created_ms: now }).execute();
  }
  if (persona === "removed" || persona === "readded") {
    const { whileAway: from } = messages;
    const to = persona === "readded" ? from : null;
    const away = { from_entry: from, to_entry: to, from_message: from, to_message: to };
    await tx.sql
      .insertInto("absence")
      .values({ event_id: event, user_id: me.id, ...away })
      .execute();
  }
}

/** What the erasure of an account leaves of it: nothing that could act. */
async function erase(tx: Tx, { me }: Cast): Promise<void> {
  await tx.sql.deleteFrom("session").where("user_id", "=", me.id).execute();
  await tx.sql.deleteFrom("participant").where("user_id", "=", me.id).execute();
  await tx.sql.deleteFrom("user").where("id", "=", me.id).execute();
}
