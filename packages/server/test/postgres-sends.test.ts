import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventId, eventStream } from "@jarvis/contract";
import { entriesAfter } from "../src/streams/service.ts";
import { expectOk } from "./support/events.ts";
import { createPostgres, dropPostgres } from "./support/postgres/databases.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Two servers on one store. */
async function withTwo(run: (one: World, other: World) => Promise<void>): Promise<void> {
  const database = await createPostgres();
  const photos = await mkdtemp(join(tmpdir(), "jarvis-test-"));
  try {
    const env = { JARVIS_DATABASE_URL: database.url, JARVIS_PHOTOS: photos };
    await using one = await createWorld({ env });
    await using other = await createWorld({ env });
    expect(one.server.ctx.db.info.engine).toBe("postgres");
    await run(one, other);
  } finally {
    await dropPostgres(database);
    await rm(photos, { recursive: true, force: true });
  }
}

/** Sends over and over through both servers, each message twice with one id, until refused or told to stop. */
async function talk(servers: readonly World[], person: Person, chat: string, until: AbortSignal) {
  const seqs = new Map<string, Set<number>>();
  for (let n = 0; !until.aborted; n++) {
    const client_id = `${person.username}-${n}`;
    const body = { text: client_id, client_id };
    const headers = { authorization: `Bearer ${person.token}` };
    const answers = await Promise.all(
      servers.map((server) => server.call("POST", `/chat/${chat}/messages`, body, headers)),
    );
    for (const { status, response } of answers) {
      if (![200, 201, 404].includes(status)) throw new Error(`${client_id} was answered ${status}`);
      if (status === 404) continue;
      const known = seqs.get(client_id) ?? new Set<number>();
      seqs.set(client_id, known.add(response.seq));
    }
    if (answers.every(({ status }) => status === 404)) break;
  }
  return seqs;
}

test(
  "through two servers on one store, who is removed in the midst of a burst is in no later message, one id is one message, and no number is missing",
  () =>
    withTwo(async (one, other) => {
      const { ada, bob, cleo } = await one.people("ada", "bob", "cleo");
      const event = { name: "Dinner", duration: 3_600, people: [bob.id, cleo.id] };
      const chat: EventId = expectOk(await ada.call("POST", "/event", event), 201).id;
      for (const person of [bob, cleo])
        expectOk(await person.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" }));
      const ended = new AbortController();
      const talks = [bob, cleo, bob, cleo].map((person, i) =>
        talk([one, other], { ...person, username: `${person.username}${i}` }, chat, ended.signal),
      );
      const { db } = one.server.ctx;
      const sent = async (): Promise<number> =>
        (await db.read.selectFrom("message").select("seq").where("author_id", "=", bob.id).execute()).length;
      while ((await sent()) < 20) await Bun.sleep(5);
      expectOk(await ada.call("DELETE", `/event/${chat}/people/${bob.id}`));
      const said = (await db.read.selectFrom("message").select("seq").execute()).length;
      while ((await db.read.selectFrom("message").select("seq").execute()).length < said + 10)
        await Bun.sleep(5);
      ended.abort();
      const acknowledged = (await Promise.all(talks)).flatMap((seqs) => Array.from(seqs.values()));
      expect(acknowledged.filter(({ size }) => size !== 1)).toEqual([]);

      const entries = await entriesAfter(db.read, eventStream(chat), 0, 100_000);
      expect(entries.map(({ seq }) => seq)).toEqual(upTo(entries.length));
      const messages = await db.read.selectFrom("message").selectAll().orderBy("seq").execute();
      expect(messages.map(({ seq }) => seq)).toEqual(upTo(messages.length));
      const removal = entries.findLast(
        ({ kind, data }: Json) => kind === "people" && JSON.parse(data).op === "removed",
      );
      const authors = new Map(messages.map(({ seq, author_id }) => [seq, author_id]));
      const late = entries.filter(
        ({ kind, data, seq }: Json) =>
          kind === "message" && seq > (removal?.seq ?? 0) && authors.get(JSON.parse(data).seq) === bob.id,
      );
      expect(removal).toBeDefined();
      expect(late).toEqual([]);
      const ids = messages.flatMap(({ author_id, client_id }) =>
        client_id === null ? [] : [`${author_id} ${client_id}`],
      );
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(acknowledged.flatMap((seqs) => Array.from(seqs))).size).toBe(ids.length);
    }),
  60_000,
);
