import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import * as fc from "fast-check";
import { matchOf } from "../src/chat/rules.ts";
import { findIndex, indexUpTo, insertIndex, listMatches, updateWords } from "../src/chat/search-store.ts";
import { insertMessage } from "../src/chat/messages-store.ts";
import type { Database } from "../src/db/database.ts";
import { inWorldOf } from "./support/postgres/engines.ts";

const letters = [
  "a",
  "B",
  "é",
  "E\u0301",
  "ß",
  "İ",
  "ﬁ",
  "9",
  "-",
  "'",
  '"',
  "*",
  " ",
  "\u{1F600}",
  "\u{1D400}",
  "漢",
  "\u00AD",
  "Ω",
  "ё",
  "x\u0323",
];
const text = fc
  .array(fc.constantFrom(...letters, "ab", "ab ", " abc", "a-b"), { maxLength: 12 })
  .map((parts) => parts.join(""));
/** Short, so that many find something. */
const question = fc
  .array(fc.constantFrom(...letters, "ab", "abc", "a-b"), { maxLength: 3 })
  .map((parts) => parts.join(""));
const history = fc.record({
  texts: fc.array(text, { minLength: 1, maxLength: 8 }),
  changes: fc.array(fc.tuple(fc.nat(7), fc.option(text, { nil: "" })), { maxLength: 4 }),
  questions: fc.array(question, { minLength: 1, maxLength: 8 }),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** What each question finds in a chat of its own. */
async function found(db: Database, chat: string, { texts, changes, questions }: History): Promise<unknown[]> {
  const event = chat as EventId; // no id of a real one is needed
  const now = [...texts];
  await db.write(async ({ sql }) => {
    const none = { author_id: null, client_id: null, content_hash: null, reply_to: null, system: null };
    for (const [index, each] of texts.entries())
      await insertMessage(sql, {
        event_id: event,
        seq: index + 1,
        id: `${event}-${index}` as never,
        text: each,
        ...none,
        sent_ms: 1,
        edited_ms: null,
        deleted_ms: null,
      });
    await indexUpTo(sql, await insertIndex(sql, event), texts.length);
    const index = await findIndex(sql, event);
    if (index === undefined) throw new Error("no index");
    for (const [place, after] of changes) {
      const before = now[place];
      if (before === undefined) continue;
      await updateWords(sql, index, { seq: place + 1, before, after });
      now[place] = after;
    }
  });
  const index = await findIndex(db.read, event);
  if (index === undefined) throw new Error("no index");
  const answers: unknown[] = [];
  for (const question of questions) {
    const match = matchOf(question);
    answers.push(
      match === null ? null : await listMatches(db.read, index, { ...match, before: 100, limit: 50 }),
    );
  }
  return answers;
}

test(
  "both engines find the same messages by the same words, also after changes and deletions",
  () =>
    inWorldOf("sqlite", (file) =>
      inWorldOf("postgres", async (server) => {
        let chats = 0;
        let hits = 0;
        await fc.assert(
          fc.asyncProperty(history, async (trial) => {
            const chat = `chat-${chats++}`;
            const expected = await found(file.server.ctx.db, chat, trial);
            expect(await found(server.server.ctx.db, chat, trial)).toEqual(expected);
            hits += expected.flat().filter((seq) => seq !== null).length;
          }),
          { numRuns: 150 },
        );
        expect(hits).toBeGreaterThan(50);
      }),
    ),
  60_000,
);
