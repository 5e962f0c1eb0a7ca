import { emailKey, type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../../src/context.ts";
import { sha256 } from "../../src/lib/ids.ts";

export interface Seeded {
  readonly id: UserId;
  readonly token: string;
  /** Id of the session that the token belongs to. */
  readonly session: string;
  readonly email: string;
}

const ninetyDaysMs = 90 * 86_400_000;

/** A person with a session, made directly in the store: signing up costs a password hash. */
export async function seedUser(
  ctx: Context,
  name: string,
  given: { email?: string; confirmed?: boolean } = {},
): Promise<Seeded> {
  const id = ctx.random.id() as UserId; // made as the server makes it
  const token = ctx.random.token();
  const email = given.email ?? `${name}-${id.slice(-6)}@example.org`;
  const now = ctx.clock.now();
  const user = {
    id,
    username: name,
    username_key: name.normalize("NFKC").toLowerCase(),
    email,
    email_key: emailKey(email),
    email_confirmed: given.confirmed === false ? 0 : 1,
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
    created_ms: now,
  };
  const stream = { id: userStream(id), last_seq: 0, last_message: 0, pruned_seq: 0 };
  const session = {
    token_hash: sha256(token),
    id: ctx.random.id(),
    user_id: id,
    created_ms: now,
    used_ms: now,
    expires_ms: now + ninetyDaysMs,
  };
  await ctx.db.write(async ({ sql }) => {
    await sql.insertInto("user").values(user).execute();
    await sql.insertInto("stream").values(stream).execute();
    await sql.insertInto("session").values(session).execute();
  });
  return { id, token, session: session.id, email };
}
