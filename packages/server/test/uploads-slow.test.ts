import { describe, expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { toDocument } from "../src/http/upload.ts";
import { dentist, ics, importFile, sendFile } from "./support/calendars.ts";
import { movedClock } from "./support/clock.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { picture, uploaded } from "./support/photos.ts";
import { RawConnection } from "./support/raw.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** What is sent at once of a body that then goes on slowly, but not too slowly: enough for ten seconds. */
const begunBytes = 70 * 1024;

/** A body that does not end. */
class SlowUpload extends RawConnection {
  static of(world: World, person: Person, path: string, type: string): SlowUpload {
    const lines = [
      `POST ${path} HTTP/1.1`,
      `host: ${new URL(world.url).host}`,
      `authorization: Bearer ${person.token}`,
      `content-type: ${type}`,
      "content-length: 1000000",
      "\r\n",
    ];
    return new SlowUpload(world.url).send(lines.join("\r\n")).send(new Uint8Array(begunBytes));
  }

  get status(): string {
    return this.text.slice(9, 12);
  }
}

async function crowd(world: World, size: number): Promise<Person[]> {
  return Promise.all(Array.from({ length: size }, (_, number) => world.person(`p${number}`)));
}

interface Kind {
  readonly each: number;
  begin(world: World, person: Person, event: string): SlowUpload;
  send(person: Person, event: string): Promise<unknown>;
  refused(person: Person, event: string): Promise<number>;
}

const kinds: Record<string, Kind> = {
  photos: {
    each: 4,
    begin: (world, person, event) => SlowUpload.of(world, person, `/event/${event}/photos`, "image/jpeg"),
    send: (person, event) => uploaded(person, event),
    refused: async (person, event) =>
      (await person.call("POST", `/event/${event}/photos`, await picture())).status,
  },
  calendars: {
    each: 2,
    begin: (world, person) => SlowUpload.of(world, person, `/user/${person.id}/calendars`, "text/calendar"),
    send: (person) => importFile(person, ics(dentist)),
    refused: async (person) => (await sendFile(person, ics(dentist))).status,
  },
};

const places = 32;

/** Fills all places, and proves it: of the same people nothing more is taken. */
async function filled(world: World, kind: Kind, people: readonly Person[], event: string, each: number) {
  const uploads: SlowUpload[] = [];
  for (const person of people) for (let n = 0; n < each; n++) uploads.push(kind.begin(world, person, event));
  for (const person of people) expectOk(await person.call("GET", `/user/${person.id}`)); // all have been begun
  return Object.assign(uploads, {
    [Symbol.dispose]() {
      for (const upload of uploads) upload[Symbol.dispose]();
    },
  });
}

const answered = (uploads: readonly SlowUpload[]) => uploads.filter(({ text }) => text !== "");

describe.each(Object.entries(kinds))("slow uploads of %s", (_, kind) => {
  test("of few people do not keep others out: one of whoever has the most makes room", async () => {
    await using world = await createWorld();
    const people = await crowd(world, places / kind.each);
    const ann = await world.person("ann");
    const { id: event } = await newEvent(world, ann, { people: people.map(({ id }) => id) });
    using uploads = await filled(world, kind, people, event, kind.each);
    const [greedy] = people;
    if (greedy === undefined) throw new Error("nobody is there");
    expect(await kind.refused(greedy, event)).toBe(503);
    await kind.send(ann, event);
    const [cut, ...more] = answered(uploads);
    expect(await cut?.until(({ text }) => text.includes("taken the longest"))).toBe(true);
    expect([cut?.status, more.length]).toEqual(["503", 0]);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  }, 20_000);

  test("of many people keep others out for ten seconds, not for as long as is allowed", async () => {
    await using world = await createWorld();
    const people = await crowd(world, places);
    const ann = await world.person("ann");
    const { id: event } = await newEvent(world, ann, { people: people.map(({ id }) => id) });
    using uploads = await filled(world, kind, people, event, 1);
    expect(await kind.refused(ann, event)).toBe(503);
    world.clock.advance(10_000);
    await kind.send(ann, event);
    expect(answered(uploads).map(({ status }) => status)).toEqual(["503"]);
  }, 20_000);
});

test("a body that comes a byte at a time takes no more memory than another", async () => {
  const size = 50_000;
  const before = piecesHeld();
  const held: number[] = [];
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ < size) return controller.enqueue(Uint8Array.of(120));
      held.push(piecesHeld());
      controller.close();
    },
  });
  const request = new Request("http://localhost", { method: "POST", body });
  const { signal } = new AbortController();
  const bytes = await toDocument(request, { maxBytes: 1_000_000 }, movedClock()).bytes(signal);
  expect(bytes.length).toBe(size);
  expect((held[0] ?? 0) - before).toBeLessThan(size / 10);
});

function piecesHeld(): number {
  Bun.gc(true);
  return heapStats().objectTypeCounts.Uint8Array ?? 0;
}
