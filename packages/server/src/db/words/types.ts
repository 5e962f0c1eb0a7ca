import type { EventId } from "@jarvis/contract";
import type { ChatIndexTable } from "../schema.ts";
import type { Sql } from "../session.ts";

/** What of a chat's messages is searched for. */
export interface WordQuery {
  /** Every one of them must be there; one that is several words is looked for as they follow each other. */
  readonly phrases: readonly string[];
  /** Whether the last one is the beginning of a word. */
  readonly prefix: boolean;
  /** Messages before this number alone. */
  readonly before: number;
  readonly limit: number;
}

export interface ChangedText {
  readonly seq: number;
  readonly before: string;
  readonly after: string;
}

/** By which words messages are found, as one engine keeps it. */
export interface WordIndex {
  /** For a chat that has none yet. */
  insert(sql: Sql, event: EventId): Promise<ChatIndexTable>;
  /** Takes in the messages after those that it has, up to a number. */
  add(sql: Sql, chat: ChatIndexTable, upTo: number): Promise<void>;
  /** The text before must be the one that was taken in. */
  change(sql: Sql, chat: ChatIndexTable, message: ChangedText): Promise<void>;
  /** Takes all words of a chat out, before its messages are deleted. */
  clear(sql: Sql, chat: ChatIndexTable): Promise<void>;
  /** Numbers of messages, newest first. */
  list(sql: Sql, chat: ChatIndexTable, query: WordQuery): Promise<number[]>;
}
