import {
  type BodyOf,
  type contract,
  emailKey,
  limits,
  type UserId,
  type UserRef,
  userStream,
} from "@jarvis/contract";
import { z } from "zod";
import { markStale } from "../calendars/rereading.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { reportRenamed as reportToEvents } from "../events/naming.ts";
import { reportRenamed as reportToFriends } from "../friends/naming.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { cutPage, decodeCursor } from "../lib/cursor.ts";
import { append } from "../streams/service.ts";
import { keysBeginning, operatorPasswordMs, settingColumns, usernameKey } from "./rules.ts";
import { listFound } from "./search-store.ts";
import { endSessions } from "./sessions.ts";
import { confirm } from "./sign-in.ts";
import {
  deleteLastSeen,
  findUser,
  findUserByEmail,
  type UserChange,
  updateCredentials,
  updateUser as storeUser,
} from "./store.ts";

export { listEnded } from "./ended.ts";
export {
  authenticate,
  createSession,
  endSessions,
  identityAccessId,
  keepInUse,
  purgeExpired,
  revokePresented,
  signOut,
  signOutEverywhere,
  signOutsSeen,
} from "./sessions.ts";
export { requireFresh } from "./fresh.ts";
export { login, type SignUpResult, signUp } from "./sign-in.ts";

/** What a person is called and where they are at home; undefined once they have been erased. */
export async function findPerson(
  ctx: Context,
  user: UserId,
): Promise<{ username: string; timeZone: string } | undefined> {
  const row = await findUser(ctx.db.read, user);
  return row && { username: row.username, timeZone: row.time_zone };
}

type ProfilePatch = BodyOf<typeof contract.accounts.updateUser>;

/** Changes the own profile; `ifMatch` is the version that the change was made from. */
export async function updateUser(
  ctx: Context,
  viewer: Viewer,
  patch: ProfilePatch,
  ifMatch: number | null,
): Promise<void> {
  const change = columnsOf(patch);
  const isRenaming = patch.username !== undefined && patch.username !== viewer.username;
  if (isRenaming) await ctx.rates.consume("rename", () => ({ user: viewer.id, address: "" })); // it counts by user
  await ctx.db.write(async (tx) => {
    const user = await findUser(tx.sql, viewer.id);
    if (user === undefined) throw notFound();
    if (ifMatch !== null && ifMatch !== user.version) throw new AppError("changed");
    if (Object.keys(change).length === 0) return;
    if (patch.show_online === false) await deleteLastSeen(tx.sql, viewer.id);
    const version = await storeUser(tx.sql, viewer.id, change);
    if (change.time_zone !== undefined && change.time_zone !== user.time_zone) await markStale(tx, viewer.id);
    await append(ctx, tx, userStream(viewer.id), "profile", { version });
    if (change.username === undefined || change.username === user.username) return;
    await reportToFriends(ctx, tx, viewer.id);
    await reportToEvents(ctx, tx, viewer.id);
  });
}

function columnsOf({ username, time_zone, locale, ...settings }: ProfilePatch): UserChange {
  return {
    ...(username === undefined ? {} : { username, username_key: usernameKey(username) }),
    ...(time_zone === undefined ? {} : { time_zone }),
    ...(locale === undefined ? {} : { locale }),
    ...settingColumns(settings),
  };
}

const place = z.tuple([z.literal("users"), z.string(), z.string()]);

interface SearchQuery {
  q: string;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** People by name or e-mail, as far as they let themselves be found. The text is compared as it is, without wildcards. */
export async function searchUsers(
  ctx: Context,
  viewer: Viewer,
  query: SearchQuery,
): Promise<{ found: UserRef[]; nextCursor: string | undefined }> {
  const { q, limit = limits.pageDefault } = query;
  const [, afterKey, afterId] =
    query.cursor === undefined ? ["users", "", ""] : decodeCursor(place, query.cursor);
  const rows = await listFound(ctx.db.read, {
    viewer: viewer.id,
    nameKey: usernameKey(q.trim()),
    emailKey: emailKey(q),
    ...keysBeginning(q.trim()),
    afterKey: afterKey ?? "",
    afterId: afterId ?? "",
    limit: limit + 1,
  });
  const { shown, nextCursor } = cutPage(rows, limit, (last) => ["users", last.username_key, last.id]);
  return { found: shown.map(({ id, username }) => ({ id, username })), nextCursor };
}

/** For the operator: the address belongs to the account that holds it. Throws `not_found` where none does. */
export async function confirmEmail(ctx: Context, email: string): Promise<UserId> {
  const key = emailKey(email);
  return ctx.db.write(async (tx) => {
    const user = await findUserByEmail(tx.sql, key);
    if (user === undefined) throw notFound();
    if (user.email_confirmed === 0) await confirm(ctx, tx, user.id, key);
    return user.id;
  });
}

interface OperatorPassword {
  readonly password: string;
  readonly expiresMs: number;
}

/** For the operator: gives the account a new password for a day, to be told to its owner, and ends its sessions. */
export async function resetPassword(ctx: Context, email: string): Promise<OperatorPassword> {
  const password = ctx.random.token().slice(0, 24);
  const password_hash = await ctx.passwords.hash(password);
  const expiresMs = ctx.clock.now() + operatorPasswordMs;
  await ctx.db.write(async (tx) => {
    const user = await findUserByEmail(tx.sql, emailKey(email));
    if (user === undefined) throw notFound();
    await updateCredentials(tx.sql, user.id, { password_hash, password_expires_ms: expiresMs });
    await endSessions(ctx, tx, user.id);
  });
  return { password, expiresMs };
}
