import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { mentionsOf } from "./mention-rules.ts";
import { updateMentions } from "./mentions-store.ts";
import { listMembers } from "./store.ts";

interface Input {
  text: string;
  mentions?: readonly UserId[] | undefined;
}

/** Whom a text names among the people of its chat; null: nobody. Asked only where it may name somebody at all. */
export async function findMentions(sql: Sql, event: EventId, input: Input): Promise<UserId[] | null> {
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
