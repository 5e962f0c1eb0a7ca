import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { mayMention, mentionsOf } from "./mention-rules.ts";
import { updateMentions } from "./mentions-store.ts";
import { listMembers } from "./store.ts";

interface Input {
  text: string;
  mentions?: readonly UserId[] | undefined;
}

/** Whom a text names among the people of its chat; null: nobody, which is nearly always known without a look. */
export async function findMentions(sql: Sql, event: EventId, input: Input): Promise<UserId[] | null> {
  if (!mayMention(input)) return null;
  const found = mentionsOf(input, await listMembers(sql, event));
  return found.length === 0 ? null : found;
}

/** Writes down whom a message names, in place of whom it named before. */
export function storeMentions(
  sql: Sql,
  place: { event: EventId; seq: number },
  before: readonly UserId[] | null,
  after: readonly UserId[] | null,
): Promise<void> {
  return updateMentions(sql, place, before ?? [], after ?? []);
}
