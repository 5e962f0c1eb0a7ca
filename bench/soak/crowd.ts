import type { EventId, ServerFrame } from "@jarvis/contract";
import { type Client, type Connection, createClient, type ResumePoint } from "@jarvis/sdk";
import type { History } from "../../packages/server/test/support/history.ts";
import type { Seeded } from "../../packages/server/test/support/seed.ts";

/** One person with one phone: what they were told, and what they saw, in the order of arrival. */
export class Member {
  readonly client: Client;
  readonly who: Seeded;
  readonly seen = new Map<string, { seq: number; text: string }[]>();
  readonly faults: string[] = [];
  reconnects = 0;
  #connection: Connection;
  /** While this is open, nothing is read. */
  #pause: Promise<void> = Promise.resolve();

  constructor(url: string, who: Seeded) {
    this.who = who;
    this.client = createClient({ baseUrl: url, token: who.token });
    this.#connection = this.#open();
  }

  get connection(): Connection {
    return this.#connection;
  }

  #open(resume?: ResumePoint): Connection {
    const connection = this.client.realtime({ queueLimit: 500, ...(resume ? { resume } : {}) });
    void this.#read(connection);
    return connection;
  }

  async #read(connection: Connection): Promise<void> {
    for await (const frame of connection) {
      // Whoever was replaced has not taken what comes now: the new connection gets it again.
      if (connection !== this.#connection) return;
      this.#take(frame);
      await this.#pause;
    }
  }

  #take(frame: ServerFrame): void {
    if (frame.type === "reset") this.faults.push(`${frame.stream} was reset`);
    if (frame.type !== "entry" || frame.kind !== "message") return;
    const { chat, seq, text } = frame.data["message"] as { chat: string; seq: number; text: string }; // the contract's
    const seen = this.seen.get(chat) ?? [];
    this.seen.set(chat, seen);
    // The frame in hand when a connection was replaced comes again, as the SDK says.
    if (seen.at(-1)?.seq !== seq) seen.push({ seq, text });
  }

  /** The application starts again where its reader stood. */
  reconnect(): void {
    const old = this.#connection;
    const point = old.resumePoint;
    if (point === null) return;
    this.reconnects++;
    this.#connection = this.#open(point);
    old.close();
  }

  /** Reads nothing for so long. */
  rest(ms: number): void {
    this.#pause = Bun.sleep(ms);
  }

  close(): void {
    this.#connection.close();
  }
}

/** A chat whose messages are never changed, so that every reader must have the same. */
export interface Chat {
  readonly id: EventId;
  readonly members: readonly Member[];
  readonly sends: History["sends"];
}

export async function openChat(members: readonly Member[]): Promise<Chat> {
  const [owner, ...guests] = members;
  if (owner === undefined) throw new Error("a chat has people");
  const { id } = await owner.client.events.createEvent({
    name: "Soak",
    start_time: Math.floor(Date.now() / 1_000) + 600,
    duration: 3_600,
    people: guests.map(({ who }) => who.id),
  });
  return { id, members, sends: [] };
}

export function pick<T>(from: readonly T[], n: number): T {
  const picked = from[n % from.length];
  if (picked === undefined) throw new Error("there is nothing to pick from");
  return picked;
}
