import type { UserExport, UserId } from "@jarvis/contract";
import { settingsOf } from "../accounts/rules.ts";
import { identityAccessId } from "../accounts/service.ts";
import { ownCalendars } from "../calendars/service.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { ownDevices } from "../devices/export.ts";
import { ownLastSeen } from "../friends/online.ts";
import { openRequests } from "../friends/service.ts";
import { AppError } from "../lib/app-error.ts";
import { settleLooks } from "../location/service.ts";
import {
  listAudience,
  listAvailability,
  listBlocks,
  listConsents,
  listEvents,
  listFeeds,
  listFixes,
  listFriends,
  listIdentities,
  listJourneys,
  listKeys,
  listLocationRequests,
  listMemberships,
  listMessages,
  listOwnDetours,
  listOccurrenceAnswers,
  listPasskeys,
  listPhotos,
  listPins,
  listReactions,
  listReadMarkers,
  listRequiredIn,
  listSessions,
  listStarts,
  listShares,
  listTyped,
  listViews,
  listVotes,
} from "./export-store.ts";
import {
  toLocationRequests,
  toMembership,
  toOwnMessage,
  toOwnVotes,
  toPosition,
  toStart,
  toView,
} from "./rules.ts";
import { findAccount } from "./store.ts";

/** All that is held about the caller. */
export async function exportUser(ctx: Context, viewer: Viewer): Promise<UserExport> {
  const { read: sql } = ctx.db;
  const user = viewer.id;
  await settleLooks(ctx, user);
  return {
    exported_ms: ctx.clock.now(),
    account: await accountOf(sql, user),
    identities: (await listIdentities(sql, user)).map(({ issuer, subject, created_ms }) => {
      return { id: identityAccessId({ issuer, subject }), issuer, subject, created_ms };
    }),
    passkeys: await listPasskeys(sql, user),
    sessions: await sessionsOf(sql, viewer),
    feeds: await listFeeds(sql, user),
    devices: await ownDevices(sql, user),
    friends: await listFriends(sql, user),
    friend_requests: await openRequests(ctx, viewer),
    blocks: await listBlocks(sql, user),
    events: (await listEvents(sql, user)).map(toMembership),
    occurrence_answers: await listOccurrenceAnswers(sql, user),
    invitations: await listTyped(sql, user),
    messages: await messagesOf(sql, user),
    photos: await listPhotos(sql, user),
    reactions: await listReactions(sql, user),
    pins: await listPins(sql, user),
    votes: (await listVotes(sql, user)).flatMap(toOwnVotes),
    required_in: await listRequiredIn(sql, user),
    read_markers: await listReadMarkers(sql, user),
    calendars: await ownCalendars(sql, user),
    positions: (await listFixes(sql, user)).map(toPosition),
    consents: await consentsOf(sql, user),
    availability: await listAvailability(sql, user),
    starts: (await listStarts(sql, user)).map(toStart),
    location_requests: (await listLocationRequests(sql, user)).flatMap((row) =>
      toLocationRequests(row, user),
    ),
    journeys: await listJourneys(sql, user),
    detours: await listOwnDetours(sql, user),
    views: (await listViews(sql, user)).map(toView),
    shares: await listShares(sql, user),
    last_seen_ms: await ownLastSeen(ctx, user),
    idempotency_keys: await listKeys(sql, user),
  };
}

async function accountOf(sql: Sql, user: UserId): Promise<UserExport["account"]> {
  const row = await findAccount(sql, user);
  if (row === undefined) throw new AppError("unauthenticated");
  const { id, username, email, time_zone, locale, version, created_ms } = row;
  return {
    id,
    username,
    email,
    email_confirmed: row.email_confirmed === 1,
    has_password: row.password_hash !== null,
    password_expires_ms: row.password_expires_ms,
    time_zone,
    locale,
    settings: settingsOf(row),
    version,
    created_ms,
  };
}

const pageSize = 500;

/** Page by page, and others get their turn between two pages. */
async function messagesOf(sql: Sql, user: UserId): Promise<UserExport["messages"]> {
  const messages: UserExport["messages"] = [];
  for (const event of await listMemberships(sql, user)) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: UserExport["messages"] = (await listMessages(sql, user, event, after, pageSize)).map(
        toOwnMessage,
      );
      messages.push(...page);
      after = page.length < pageSize ? undefined : page.at(-1)?.seq;
      if (after !== undefined) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return messages;
}

async function consentsOf(sql: Sql, user: UserId): Promise<UserExport["consents"]> {
  const audience = await listAudience(sql, user);
  return (await listConsents(sql, user)).map(
    ({ event_id: event, state, precision, since_ms, until_ms, updated_ms, until_arrival: said }) => {
      const viewers = audience.flatMap((row) => (row.event_id === event ? [row.viewer_id] : []));
      const until_arrival = said === null ? null : said === 1;
      return { event, state, precision, since_ms, until_ms, updated_ms, until_arrival, audience: viewers };
    },
  );
}

async function sessionsOf(sql: Sql, viewer: Viewer): Promise<UserExport["sessions"]> {
  const sessions = await listSessions(sql, viewer.id);
  return sessions.map((row) => Object.assign(row, { current: row.id === viewer.session }));
}
