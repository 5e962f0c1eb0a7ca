import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { GoogleFault } from "../lib/google-calendar/fault.ts";
import { revokeGrant } from "../lib/google-calendar/oauth.ts";
import {
  deleteFlowsUntil,
  deleteGoogle,
  deleteGoogleOf,
  deleteRevocation,
  insertRevocation,
  listRevocationsDue,
  type RevocationRow,
  updateRevocation,
} from "./google-store.ts";
import { backoffMs } from "./rules.ts";
import type { CalendarKey } from "./store.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const dueAtOnce = 20;
/** By then Google has ended a grant that nobody used, or never will answer. */
const givenUpMs = 30 * day;

interface Grant {
  readonly account: string | null;
  readonly refresh_token: string;
}

/** With a calendar goes the access to it: here at once, at Google as soon as Google can be told. */
export async function releaseGoogle(ctx: Context, tx: Tx, key: CalendarKey): Promise<void> {
  const row = await deleteGoogle(tx.sql, key.id);
  if (row !== undefined) await giveBack(ctx, tx, row);
}

/** All that somebody has connected, when their account is erased. */
export async function releaseGoogleOf(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  for (const row of await deleteGoogleOf(tx.sql, user)) await giveBack(ctx, tx, row);
}

/** Tells Google in a moment, and again until it has heard. */
export async function giveBack(ctx: Context, tx: Tx, { account, refresh_token }: Grant): Promise<void> {
  const now = ctx.clock.now();
  const row = { id: ctx.random.id(), account, refresh_token, failures: 0, next_ms: now, created_ms: now };
  await insertRevocation(tx.sql, row);
  tx.onCommit(() => {
    revoke(ctx, row).catch((error: unknown) =>
      ctx.log.error({ error }, "what became of a revocation was not stored"),
    );
  });
}

/** Revokes what Google could not be told about, and forgets consents that were begun and not finished. */
export async function purgeGoogle(ctx: Context): Promise<void> {
  await ctx.db.write((tx) => deleteFlowsUntil(tx.sql, ctx.clock.now()));
  for (const row of await listRevocationsDue(ctx.db.read, ctx.clock.now(), dueAtOnce)) await revoke(ctx, row);
}

async function revoke(ctx: Context, row: RevocationRow): Promise<void> {
  const isDone = await attempt(ctx, row);
  await ctx.db.write((tx) =>
    isDone ? deleteRevocation(tx.sql, row.id) : updateRevocation(tx.sql, row.id, later(ctx, row)),
  );
}

async function attempt(ctx: Context, row: RevocationRow): Promise<boolean> {
  try {
    await revokeGrant(ctx.google.endpoints, row.refresh_token, ctx.clock);
    return true;
  } catch (error) {
    if (!(error instanceof GoogleFault)) throw error;
    const isGivenUp = ctx.clock.now() >= row.created_ms + givenUpMs;
    if (isGivenUp) ctx.log.warn({}, "a grant could not be revoked at Google for a month, and is forgotten");
    return isGivenUp;
  }
}

function later({ clock, random }: Context, { failures }: RevocationRow) {
  const waitMs = backoffMs(failures, { firstMs: minute, longestMs: day }) * (1 + 0.1 * random.fraction());
  return { failures: failures + 1, next_ms: Math.round(clock.now() + waitMs) };
}
