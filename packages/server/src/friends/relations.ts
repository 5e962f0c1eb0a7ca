import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { isInSameEvent, listBlockedAmong, listBlockedOf, listFriendsAmong } from "./store.ts";

/** How somebody stands to others. */
export interface Relations {
  readonly friends: ReadonlySet<UserId>;
  /** Blocked in either direction. */
  readonly blocked: ReadonlySet<UserId>;
}

/** Of these people: who is a friend of the viewer, and who is blocked from them or blocks them. */
export async function relationsOf(sql: Sql, viewer: UserId, ids: readonly UserId[]): Promise<Relations> {
  if (ids.length === 0) return { friends: new Set(), blocked: new Set() };
  const friends = await listFriendsAmong(sql, viewer, ids);
  const blocked = await listBlockedAmong(sql, viewer, ids);
  return { friends: new Set(friends.map(({ id }) => id)), blocked: new Set(blocked.map(({ id }) => id)) };
}

export async function areFriends(sql: Sql, a: UserId, b: UserId): Promise<boolean> {
  return (await listFriendsAmong(sql, a, [b])).length > 0;
}

/** True when either has blocked the other. */
export async function isBlockedBetween(sql: Sql, a: UserId, b: UserId): Promise<boolean> {
  return (await listBlockedAmong(sql, a, [b])).length > 0;
}

/** Everybody whom this person has blocked, or who has blocked them. */
export async function blockedOf(sql: Sql, user: UserId): Promise<UserId[]> {
  return (await listBlockedOf(sql, user)).map(({ id }) => id);
}

/** Whether a person exists for the viewer: themselves, a friend, or somebody in one event with them; never when blocked. */
export async function canSee(sql: Sql, viewer: UserId, other: UserId): Promise<boolean> {
  if (viewer === other) return true;
  // All three are asked of everybody, so that the time of an answer does not tell which of them said no.
  const [blocked, friends, together] = await Promise.all([
    isBlockedBetween(sql, viewer, other),
    areFriends(sql, viewer, other),
    isInSameEvent(sql, viewer, other),
  ]);
  return !blocked && (friends || together);
}
