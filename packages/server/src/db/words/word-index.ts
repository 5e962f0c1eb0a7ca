import { sessionOf } from "../kysely-session.ts";
import type { Engine, Sql } from "../session.ts";
import { postgresWords } from "./postgres-words.ts";
import { sqliteWords } from "./sqlite-words.ts";
import type { WordIndex } from "./types.ts";

export type { ChangedText, WordIndex, WordQuery } from "./types.ts";

const kinds: Readonly<Record<Engine, WordIndex>> = { sqlite: sqliteWords, postgres: postgresWords };

/** Both find the same messages by the same words. */
export function wordsIn(sql: Sql): WordIndex {
  return kinds[sessionOf(sql).engine];
}
