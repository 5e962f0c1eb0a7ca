import type { AccessEntry, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { endDevices, listDeviceAccess } from "../devices/tokens.ts";
import { deleteFeedOf, listFeedAccess } from "../feeds/secrets.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import {
  deleteIdentity,
  deletePasskey,
  deleteSessionById,
  deleteSessionsOpenedBy,
  listIdentities,
  listPasskeys,
  listSessions,
} from "./access-store.ts";
import { identityAccess } from "./credentials.ts";
import { passkeyAccess } from "./passkeys.ts";
import { isSessionAlive } from "./rules.ts";
import { announceUnlinked, endDeleted, identityAccessId } from "./sessions.ts";
import { findUser } from "./store.ts";

/** Everything that can act for a person. */
export async function listAccess(ctx: Context, viewer: Viewer): Promise<AccessEntry[]> {
  const { read } = ctx.db;
  const now = ctx.clock.now();
  const sessions = (await listSessions(read, viewer.id)).filter((session) => isSessionAlive(session, now));
  return [
    ...sessions.map(({ id, created_ms, used_ms, expires_ms }) => ({
      id,
      kind: "session" as const,
      created_ms,
      used_ms,
      expires_ms,
      current: id === viewer.session,
    })),
    ...(await listPasskeys(read, viewer.id)).map(passkeyAccess),
    ...(await listIdentities(read, viewer.id)).map(identityAccess),
    ...(await listFeedAccess(read, viewer.id)),
    ...(await listDeviceAccess(read, viewer.id)),
  ];
}

/** Ends one of them at once: what it opened, and the sockets of that. */
export function revokeAccess(ctx: Context, viewer: Viewer, access: string): Promise<void> {
  return ctx.db.write(async (tx) => {
    const sessions = await deleteSessionById(tx.sql, viewer.id, access);
    if (sessions.length > 0) return endDeleted(ctx, tx, sessions);
    if (await deleteFeedOf(tx, viewer.id, access)) return;
    if (await endDevices(ctx, tx, viewer.id, access)) return;
    const found =
      (await deletePasskey(tx.sql, viewer.id, access)) || (await unlink(ctx, tx, viewer.id, access));
    if (!found) throw notFound();
    if ((await waysToSignIn(ctx, tx.sql, viewer.id)) === 0) {
      throw new AppError("forbidden", { detail: "This is the last way to sign in to the account" });
    }
    // The session that revokes is in the right hands: the others may be what this is about.
    await endDeleted(ctx, tx, await deleteSessionsOpenedBy(tx.sql, viewer.id, access, viewer.session ?? ""));
  });
}

async function unlink(ctx: Context, tx: Tx, user: UserId, access: string): Promise<boolean> {
  const identities = await listIdentities(tx.sql, user);
  const identity = identities.find((one) => identityAccessId(one) === access);
  if (identity === undefined) return false;
  await deleteIdentity(tx.sql, identity.issuer, identity.subject);
  announceUnlinked(ctx, tx, user, access);
  return true;
}

/** A password counts where it can be used and stays, an identity where its issuer is still accepted. */
async function waysToSignIn(ctx: Context, sql: Sql, id: UserId): Promise<number> {
  const user = await findUser(sql, id);
  const chosen = user?.password_hash !== null && user?.password_expires_ms === null;
  const password = ctx.config.localAccounts && chosen && user?.email_key !== null;
  const accepted = new Set(ctx.config.issuers.map(({ issuer }) => issuer));
  const identities = (await listIdentities(sql, id)).filter(({ issuer }) => accepted.has(issuer));
  return (password ? 1 : 0) + identities.length + (await listPasskeys(sql, id)).length;
}
