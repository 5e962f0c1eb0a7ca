import type { ServerFrame } from "@jarvis/contract";
import { type Hearing, hear, type Way } from "./hearing.ts";
import type { Json, Person, World } from "./world.ts";

type Points = Map<string, number>;

/**
 * A client that knows a chat from what it is told alone, fetches only where it is told to, and goes on over whatever
 * kind of connection it finds. A number that comes out of turn, twice or after a hole is a fault.
 */
export class Follower {
  readonly faults: string[] = [];
  /** Texts by message number, for each event. */
  readonly chats = new Map<string, Map<number, string>>();
  fetches = 0;
  entries = 0;
  readonly #world: World;
  readonly #person: Person;
  #points: Points = new Map();
  #epoch = "";
  readonly #unfetched = new Set<string>();
  #saved: { cursor: string; points: Points } | null = null;
  /** What this connection has said: its own entries come once each. */
  #told: Points = new Map();
  #hearing: Hearing | null = null;
  #handled = 0;

  constructor(world: World, person: Person) {
    this.#world = world;
    this.#person = person;
  }

  get isConnected(): boolean {
    return this.#hearing !== null;
  }

  async connect(way: Way): Promise<void> {
    const saved = way === "websocket" ? { cursor: "", points: this.#points } : this.#saved;
    const isFresh = way === "websocket" ? this.#epoch === "" : saved === null;
    this.#told = new Map(saved?.points);
    this.#handled = 0;
    const place = {
      cursor: saved?.cursor ?? "",
      epoch: this.#epoch,
      resume: Object.fromEntries(this.#points),
    };
    this.#hearing = await hear(this.#world, this.#person, way, isFresh ? undefined : place);
  }

  async disconnect(): Promise<void> {
    const hearing = this.#hearing;
    if (hearing === null) return;
    await hearing.drop();
    await this.catchUp();
    this.#hearing = null;
    const cursor = hearing.cursor();
    if (cursor !== "") this.#saved = { cursor, points: new Map(this.#told) };
    for (const [stream, seq] of this.#told)
      this.#points.set(stream, Math.max(seq, this.#points.get(stream) ?? 0));
  }

  /** Deals with everything that has come until now. */
  async catchUp(): Promise<void> {
    const frames = this.#hearing?.log.frames ?? [];
    for (let frame = frames[this.#handled]; frame !== undefined; frame = frames[this.#handled]) {
      this.#handled++;
      await this.#handle(frame);
    }
  }

  /** Resolves when it has been told of everything up to these numbers. */
  async reach(heads: Record<string, number>): Promise<void> {
    const isThere = () =>
      Object.entries(heads).every(([stream, seq]) => (this.#told.get(stream) ?? -1) >= seq);
    for (await this.catchUp(); !isThere(); await this.catchUp()) await this.#world.call("GET", "/health");
  }

  async #handle(frame: ServerFrame): Promise<void> {
    switch (frame.type) {
      case "welcome":
        this.#epoch = frame.epoch;
        for (const [stream, seq] of Object.entries(frame.streams))
          if (!this.#told.has(stream)) await this.#beginAt(stream, seq);
        return;
      case "reset":
        return this.#beginAt(frame.stream, frame.last_seq);
      case "skip":
        this.#advance(frame.stream, frame.from, frame.to);
        return;
      case "entry":
        return this.#entry(frame.stream, frame.seq, frame.kind, frame.data);
      case "ack":
      case "error":
      case "friend_position":
      case "online":
      case "pong":
      case "position":
      case "read":
      case "typing":
    }
  }

  async #entry(stream: string, seq: number, kind: string, data: Record<string, unknown>): Promise<void> {
    this.entries++;
    this.#advance(stream, seq, seq);
    if (kind === "invited") {
      const opened = `event:${String(data["event"])}`;
      const from = Number(data["last_seq"]);
      if ((this.#told.get(opened) ?? -1) < from) await this.#beginAt(opened, from);
      else await this.#fetch(opened); // it was passed over meanwhile: what was said before may have been changed
    }
    if (this.#unfetched.has(stream)) await this.#fetch(stream);
    const message = data["message"] as Json;
    if (message === undefined) return;
    this.#chat(stream).set(message.seq, message.text);
  }

  #advance(stream: string, from: number, to: number): void {
    const told = this.#told.get(stream);
    if (told !== undefined && from !== told + 1) this.faults.push(`${stream}: ${from} after ${told}`);
    this.#told.set(stream, to);
  }

  async #beginAt(stream: string, seq: number): Promise<void> {
    this.#told.set(stream, seq);
    if (!stream.startsWith("event:")) return;
    await this.#fetch(stream);
  }

  async #fetch(stream: string): Promise<void> {
    this.fetches++;
    const chat = this.#chat(stream);
    chat.clear();
    const fetched = await fetchChat(this.#person, stream.slice("event:".length));
    // Whoever was removed meanwhile has it still to do once they are back.
    if (fetched === null) this.#unfetched.add(stream);
    else this.#unfetched.delete(stream);
    for (const { seq: number, text } of fetched ?? []) chat.set(number, text);
  }

  #chat(stream: string): Map<number, string> {
    const known = this.chats.get(stream) ?? new Map<number, string>();
    this.chats.set(stream, known);
    return known;
  }
}

/** All that a person may read of a chat; null where they may not. */
export async function fetchChat(
  person: Person,
  chat: string,
): Promise<{ seq: number; text: string }[] | null> {
  const all: { seq: number; text: string }[] = [];
  for (let after = 0; ; ) {
    const { status, response } = await person.call("GET", `/chat/${chat}/messages?after=${after}&limit=200`);
    if (status !== 200) return null;
    if (response.length === 0) return all;
    all.push(...response.map(({ seq, text }: Json) => ({ seq, text })));
    after = all.at(-1)?.seq ?? 0;
  }
}
