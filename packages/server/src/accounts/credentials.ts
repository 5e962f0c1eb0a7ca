import type { BodyOf, contract, IdentityAccess } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { foldPassword } from "../lib/passwords.ts";
import { deleteOtherSessions, listIdentities } from "./access-store.ts";
import { requireFresh } from "./fresh.ts";
import { refusedPassword, requireUncommon } from "./new-password.ts";
import { endDeleted, identityAccessId, requireUsable, unauthenticated } from "./sessions.ts";
import { confirmIfProven } from "./sign-in.ts";
import { findUser, findUserByIdentity, insertIdentity, updateCredentials } from "./store.ts";

type Passwords = BodyOf<typeof contract.access.changePassword>;

/** Sets a new password: the old one proves that it is not just a device left open. All other sessions end. */
export async function changePassword(ctx: Context, viewer: Viewer, passwords: Passwords): Promise<void> {
  requireFresh(ctx, viewer);
  const user = await findUser(ctx.db.read, viewer.id);
  if (user === undefined) throw unauthenticated();
  if (!ctx.config.localAccounts) throw refused("This server has no accounts with a password");
  if (user.email === null)
    throw refused("A password signs in with an e-mail address, and this account has none");
  const { old, new: next } = passwords;
  await requireUncommon(next, "new");
  const held = user.password_hash;
  if (held !== null && (old === undefined || !(await ctx.passwords.verify(old, held)))) {
    throw refused("The old password is wrong");
  }
  if (user.password_expires_ms !== null && old !== undefined && foldPassword(old) === foldPassword(next))
    throw refusedPassword("new", "is the one from the operator, which is not to stay: choose another");
  const password_hash = await ctx.passwords.hash(next);
  await ctx.db.write(async (tx) => {
    const now = await findUser(tx.sql, viewer.id);
    // It may have been changed while hashes were computed: then the old one was not proven.
    if (now?.password_hash !== held) throw refused("The password has just been changed");
    await updateCredentials(tx.sql, viewer.id, { password_hash, password_expires_ms: null });
    await endDeleted(ctx, tx, await deleteOtherSessions(tx.sql, viewer.id, viewer.session ?? ""));
  });
}

export interface Linked {
  readonly access: IdentityAccess;
  /** It was linked already. */
  readonly repeat: boolean;
}

/** From now on this identity opens the caller's account too. Accounts never merge: one of another account stays there. */
export async function addIdentity(ctx: Context, viewer: Viewer, presented: string): Promise<Linked> {
  requireFresh(ctx, viewer);
  const token = await ctx.idTokens.verify(presented);
  const { issuer, subject } = token;
  return ctx.db.write(async (tx) => {
    const holder = await findUserByIdentity(tx.sql, issuer, subject);
    await requireUsable(tx, token, holder);
    if (holder !== undefined && holder.id !== viewer.id) {
      throw new AppError("email_taken", { detail: "This identity belongs to another account" });
    }
    const user = await findUser(tx.sql, viewer.id);
    if (user === undefined) throw unauthenticated();
    if (holder === undefined) {
      await insertIdentity(tx.sql, { issuer, subject, user_id: viewer.id, created_ms: ctx.clock.now() });
    }
    await confirmIfProven(ctx, tx, token, user);
    const own = await listIdentities(tx.sql, viewer.id);
    const row = own.find((one) => one.issuer === issuer && one.subject === subject);
    if (row === undefined) throw new Error("an identity vanished from within its unit");
    return { access: identityAccess(row), repeat: holder !== undefined };
  });
}

export function identityAccess(row: { issuer: string; subject: string; created_ms: number }): IdentityAccess {
  return { id: identityAccessId(row), kind: "identity", issuer: row.issuer, created_ms: row.created_ms };
}

function refused(detail: string): AppError {
  return new AppError("forbidden", { detail });
}
