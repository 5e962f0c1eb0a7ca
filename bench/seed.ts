import { emailKey, eventStream, type EventId, type UserId, userStream } from "@jarvis/contract";
import { loadConfig } from "../packages/server/src/config.ts";
import { createContext } from "../packages/server/src/context.ts";
import { sha256 } from "../packages/server/src/lib/ids.ts";

export interface SeededUser {
  id: UserId;
  token: string;
}

export interface Seed {
  users: SeededUser[];
  event: EventId;
}

const ninetyDaysMs = 90 * 86_400_000;

/** Makes people with sessions, and one event of the first, in a store that no server has open. */
export async function seed(databaseUrl: string, count: number): Promise<Seed> {
  const ctx = await createContext(
    loadConfig({ JARVIS_DATABASE_URL: databaseUrl, JARVIS_LOG_LEVEL: "error" }),
  );
  const now = ctx.clock.now();
  const users = Array.from({ length: count }, () => ({
    id: ctx.random.id() as UserId,
    token: ctx.random.token(),
  }));
  const event = ctx.random.id() as EventId; // ids made by the server's own generator
  const owner = users[0]?.id ?? ("" as UserId);
  await ctx.db.write(async ({ sql }) => {
    for (const user of users) {
      const email = `${user.id}@example.org`;
      await sql
        .insertInto("user")
        .values({
          ...{ id: user.id, username: "Bench", username_key: "bench", email, email_key: emailKey(email) },
          ...{
            email_confirmed: 1,
            password_hash: null,
            time_zone: "UTC",
            locale: "en",
            findable: 0,
            findable_by_email: 0,
          },
          ...{
            busy_for: "nobody",
            invites_from: "everyone",
            show_online: 1,
            id_tokens_from_ms: 0,
            version: 1,
            created_ms: now,
          },
        })
        .execute();
      await sql
        .insertInto("stream")
        .values({ id: userStream(user.id), last_seq: 0, last_message: 0, pruned_seq: 0 })
        .execute();
      await sql
        .insertInto("session")
        .values({
          ...{ token_hash: sha256(user.token), id: ctx.random.id(), user_id: user.id },
          ...{ created_ms: now, used_ms: now, expires_ms: now + ninetyDaysMs },
        })
        .execute();
    }
    await sql
      .insertInto("event")
      .values({
        ...{
          id: event,
          owner_id: owner,
          name: "Bench",
          description: "",
          start_ms: now,
          duration_ms: 3_600_000,
        },
        ...{ time_zone: "UTC", capacity: null, place_name: null, place_address: null, place_latitude: null },
        ...{ place_longitude: null, cancelled: 0, version: 1, created_ms: now, updated_ms: now },
      })
      .execute();
    await sql
      .insertInto("participant")
      .values({
        ...{ event_id: event, user_id: owner, role: "owner", rsvp: "accepted", state: "in", delivered: 1 },
        ...{ invited_by: owner, invitation_id: null, invited_ms: now, answered_ms: now, left_ms: null },
      })
      .execute();
    await sql
      .insertInto("stream")
      .values({ id: eventStream(event), last_seq: 0, last_message: 0, pruned_seq: 0 })
      .execute();
  });
  await ctx.db.close();
  return { users, event };
}
