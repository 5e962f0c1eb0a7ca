import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { listIdentities, listSessionIds } from "./access-store.ts";
import { isIssuedTooEarly } from "./rules.ts";
import { identityAccessId } from "./sessions.ts";
import { findUser, isRevoked } from "./store.ts";

/** Those of these, of whom no sign-out was heard, who are signed in no more: of sessions with one query for all. */
export async function listEnded(ctx: Context, viewers: readonly Viewer[]): Promise<Viewer[]> {
  const live = await listSessionIds(ctx.db.read, [...new Set(viewers.map(({ id }) => id))]);
  const ended: Viewer[] = [];
  for (const viewer of viewers) {
    const isLive = viewer.session === null ? await isUsable(ctx, viewer) : live.has(viewer.session);
    if (!isLive) ended.push(viewer);
  }
  return ended;
}

/** Of an ID token that was presented itself; to whom it belongs was verified then. */
async function isUsable(ctx: Context, viewer: Viewer): Promise<boolean> {
  if (await isRevoked(ctx.db.read, Uint8Array.fromHex(viewer.tokenHash))) return false;
  const user = await findUser(ctx.db.read, viewer.id);
  if (user === undefined || isIssuedTooEarly({ issuedMs: viewer.signedInMs }, user)) return false;
  const identities = await listIdentities(ctx.db.read, viewer.id);
  return identities.some((identity) => identityAccessId(identity) === viewer.identity);
}
