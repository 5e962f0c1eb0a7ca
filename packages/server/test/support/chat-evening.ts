import * as fc from "fast-check";
import { applyEntry, caughtUp, type ChatState, emptyChat, fetchChat, heardUpTo } from "./chat-model.ts";
import type { TestSocket } from "./socket.ts";
import type { Answer, Person, World } from "./world.ts";

export const kinds = [
  "send",
  "mention",
  "edit",
  "delete",
  "react",
  "unreact",
  "pin",
  "unpin",
  "rename",
  "remove",
  "readd",
  "look",
] as const;
type Kind = (typeof kinds)[number];

const weights: Partial<Record<Kind, number>> = { react: 10, unreact: 7, send: 5, edit: 3, pin: 3 };

export interface Step {
  kind: Kind;
  who: number;
  /** Which of the present messages, from the newest back. */
  back: number;
  emoji: string;
  /** Whether it begins before the one before has been answered. */
  together: boolean;
}

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...kinds.map((kind) => ({ weight: weights[kind] ?? 1, arbitrary: fc.constant(kind) }))),
  who: fc.nat({ max: 2 }),
  back: fc.nat({ max: 3 }),
  emoji: fc.constantFrom("👍", "🎉", "❤️"),
  together: fc.boolean(),
});

/** A moment in which somebody looked at the chat and went away. */
interface Look {
  /** As entries had made it by then, and up to which. */
  heard: ChatState;
  cursor: number;
  /** As a call answered it then. */
  fetched: ChatState;
}

export class Evening {
  readonly world: World;
  readonly people: readonly [Person, Person, Person];
  readonly chat: string;
  readonly reader: TestSocket;
  /** The third one's, who comes and goes. */
  readonly guest: TestSocket;
  readonly looks: Look[] = [];
  /** What the guest who comes and goes held when they were last let in. */
  joined: ChatState = emptyChat();
  last = 0;
  readonly done = new Map<string, number>();

  constructor(
    world: World,
    people: readonly [Person, Person, Person],
    chat: string,
    sockets: { reader: TestSocket; guest: TestSocket },
  ) {
    this.world = world;
    this.people = people;
    this.chat = chat;
    this.reader = sockets.reader;
    this.guest = sockets.guest;
  }

  get stream(): string {
    return `event:${this.chat}`;
  }

  async take({ kind, who, back, emoji }: Step, number: number): Promise<void> {
    const [ann, , cem] = this.people;
    const person = this.people[who] ?? ann;
    const seq = Math.max(1, this.last - back);
    const message = `/chat/${this.chat}/messages/${seq}`;
    const reaction = `${message}/reactions/${encodeURIComponent(emoji)}`;
    const text = kind === "mention" || number % 3 === 0 ? `@cem @BOB ${number}` : `m${number}`;
    const calls: Record<Kind, () => Promise<Answer | null>> = {
      send: () => this.send(person, text, number),
      mention: () => this.send(person, text, number),
      edit: () => person.call("PATCH", message, { text }),
      delete: () => person.call("DELETE", message),
      react: () => person.call("PUT", reaction),
      unreact: () => person.call("DELETE", reaction),
      pin: () => person.call("PUT", `/chat/${this.chat}/pins/${seq}`),
      unpin: () => person.call("DELETE", `/chat/${this.chat}/pins/${seq}`),
      rename: () => ann.call("PATCH", `/event/${this.chat}`, { name: `Dinner ${number}` }),
      remove: () => ann.call("DELETE", `/event/${this.chat}/people/${cem.id}`),
      readd: () => this.letIn(),
      look: () => this.look(),
    };
    const answer = await calls[kind]();
    if (answer !== null && answer.status < 300) this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  async send(person: Person, text: string, number: number): Promise<Answer> {
    const body = { text, client_id: `h${number}` };
    const answer = await person.call("POST", `/chat/${this.chat}/messages`, body);
    if (answer.status === 201) this.last = Math.max(this.last, answer.response.seq);
    return answer;
  }

  async letIn(): Promise<Answer> {
    const [ann, , cem] = this.people;
    const before = this.invitations();
    const wasOut = (await cem.call("GET", `/chat/${this.chat}`)).status === 404;
    const answer = await ann.call("POST", `/event/${this.chat}/people`, { people: [cem.id] });
    if (!wasOut) return answer;
    await this.guest.next("entry", ({ kind, seq }) => kind === "invited" && seq > before);
    this.joined = await fetchChat(cem, this.chat);
    return answer;
  }

  invitations(): number {
    return this.guest.of("entry").findLast(({ kind }) => kind === "invited")?.seq ?? 0;
  }

  async look(): Promise<null> {
    await caughtUp(this.reader, this.stream, await this.head());
    const heard = emptyChat();
    for (const entry of this.reader.entries(this.stream)) applyEntry(heard, entry);
    const cursor = heardUpTo(this.reader, this.stream);
    this.looks.push({ heard, cursor, fetched: await fetchChat(this.people[1], this.chat) });
    return null;
  }

  async head(): Promise<number> {
    const { read } = this.world.server.ctx.db;
    const row = await read
      .selectFrom("stream")
      .select("last_seq")
      .where("id", "=", `event:${this.chat}`)
      .executeTakeFirstOrThrow();
    return row.last_seq;
  }
}
