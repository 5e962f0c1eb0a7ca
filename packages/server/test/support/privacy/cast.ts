import { emailKey, type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../../../src/context.ts";
import { sha256 } from "../../../src/lib/ids.ts";

export interface Player {
  readonly id: UserId;
  /** The session that is good now. */
  token: string;
  /** Tokens that were good once: of sessions signed out of, and of an erased account. */
  readonly dead: string[];
  device: { id: string; token: string } | null;
  /** Credentials of devices that were revoked. */
  readonly deadDevices: string[];
}

const ninetyDaysMs = 90 * 86_400_000;

/** People with a session each, all of them by one unit of work, because thousands of histories begin with them. */
export async function seedCast(
  ctx: Context,
  count: number,
  friends: readonly (readonly [number, number])[],
): Promise<Player[]> {
  const now = ctx.clock.now();
  const cast = Array.from({ length: count }, (_, who) => player(ctx, who));
  const sessions = cast.map(({ id, token }) => sessionRow(ctx, id, token));
  const befriended = friends.flatMap(([a, b]) => {
    const [one, other] = [cast[a]?.id, cast[b]?.id];
    if (one === undefined || other === undefined) throw new Error("nobody to befriend");
    return [
      { user_id: one, friend_id: other, since_ms: now },
      { user_id: other, friend_id: one, since_ms: now },
    ];
  });
  await ctx.db.write(async ({ sql }) => {
    await sql
      .insertInto("user")
      .values(cast.map(({ row }) => row))
      .execute();
    await sql
      .insertInto("stream")
      .values(cast.map(({ stream }) => stream))
      .execute();
    await sql.insertInto("session").values(sessions).execute();
    if (befriended.length > 0) await sql.insertInto("friendship").values(befriended).execute();
  });
  return cast.map(({ id, token }) => ({ id, token, dead: [], device: null, deadDevices: [] }));
}

function player(ctx: Context, who: number) {
  const id = ctx.random.id() as UserId; // made as the server makes it
  const name = `p${who}`;
  const email = `${id}@example.org`;
  const row = {
    id,
    username: name,
    username_key: name,
    email,
    email_key: emailKey(email),
    email_confirmed: 1,
    password_hash: null,
    time_zone: "UTC",
    locale: "en",
    findable: 1,
    findable_by_email: 0,
    busy_for: "nobody" as const,
    invites_from: "everyone" as const,
    show_online: 1,
    id_tokens_from_ms: 0,
    version: 1,
    created_ms: ctx.clock.now(),
  };
  const stream = { id: userStream(id), last_seq: 0, last_message: 0, pruned_seq: 0 };
  return { id, token: ctx.random.token(), row, stream };
}

function sessionRow(ctx: Context, user_id: UserId, token: string) {
  const now = ctx.clock.now();
  const times = { created_ms: now, used_ms: now, expires_ms: now + ninetyDaysMs };
  return { token_hash: sha256(token), id: ctx.random.id(), user_id, ...times };
}

/** Signs somebody in anew: a session that is fresh at this moment. */
export async function signIn(ctx: Context, user: UserId): Promise<string> {
  const token = ctx.random.token();
  await ctx.db.write(async ({ sql }) => {
    await sql
      .insertInto("session")
      .values(sessionRow(ctx, user, token))
      .execute();
  });
  return token;
}
