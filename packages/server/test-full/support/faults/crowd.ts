import { checkHistory, type History } from "../../../test/support/history.ts";
import type { Json } from "../../../test/support/world.ts";
import { type Person, signUp } from "../client.ts";
import { Participant } from "../participant.ts";
import { eventually } from "./eventually.ts";
import { Measures } from "./measures.ts";
import { Walk } from "./positions.ts";

export interface Size {
  readonly events: number;
  /** Connections that read and write in each event. */
  readonly people: number;
  /** Of all together. */
  readonly perSecond: number;
}

interface Evening {
  readonly chat: string;
  readonly owner: Person;
  readonly people: readonly Participant[];
  readonly walk: Walk;
}

interface Invited {
  readonly chat: string;
  readonly persons: readonly [Person, ...Person[]];
  readonly walker: Person;
  readonly watcher: Person;
}

/** People in events who write, read, walk and watch through one address, and reconnect by themselves. */
export class Crowd {
  readonly measures = new Measures();
  readonly evenings: Evening[] = [];
  /** Somebody who may call, for requests beside. */
  owner: Person | undefined;
  readonly #size: Size;
  #writing: ReturnType<typeof setInterval> | undefined;
  #turn = 0;

  private constructor(size: Size) {
    this.#size = size;
  }

  static async gather(url: string, size: Size): Promise<Crowd> {
    const crowd = new Crowd(size);
    const invited: Invited[] = [];
    for (let index = 0; index < size.events; index++) invited.push(await invite(url, index, size.people));
    crowd.evenings.push(...invited.map((one) => crowd.#evening(url, one)));
    crowd.owner = crowd.evenings[0]?.owner;
    await Promise.all(crowd.all.map((one) => one.until(() => one.isLive)));
    for (const { walk } of crowd.evenings) void walk.go();
    return crowd;
  }

  get all(): Participant[] {
    return this.evenings.flatMap(({ people }) => people);
  }

  get sockets(): number {
    return this.all.length + this.evenings.length;
  }

  /** Everybody writes, one after another in no order that matters. */
  write(): void {
    this.#writing = setInterval(() => {
      const { all } = this;
      const writer = all[(this.#turn++ * 7_919) % all.length];
      if (writer === undefined) return;
      this.measures.sent(writer.say());
    }, 1_000 / this.#size.perSecond);
  }

  /** Nobody writes any more, and everything that was written has been acknowledged and seen by all. */
  async settle(withinMs = 60_000): Promise<void> {
    clearInterval(this.#writing);
    await eventually(
      () => Promise.resolve(this.all.every((one) => one.isLive && one.pending === 0)),
      withinMs,
    );
    await eventually(() => Promise.resolve(this.evenings.every(isLevel)), withinMs);
  }

  async endWalks(): Promise<void> {
    await Promise.all(this.evenings.map(({ walk, owner }) => walk.end(owner)));
  }

  /** What is not as it has to be: history by history, the store's included, and what each connection noticed itself. */
  async faults(): Promise<string[]> {
    const stored = await Promise.all(this.evenings.map(storedIn));
    return this.evenings.flatMap(({ chat, people }, place) => {
      const history: History = {
        sends: people.flatMap((one) => [...one.sends.values()]),
        readers: {
          store: stored[place] ?? [],
          ...Object.fromEntries(people.map((one, index) => [`reader ${index}`, one.seen])),
        },
      };
      const anomalies = Object.entries(checkHistory(history)).flatMap(([kind, found]) =>
        found.map((what: string) => `${kind} in ${chat}: ${what}`),
      );
      return [...anomalies, ...people.flatMap((one) => one.faults)];
    });
  }

  leave(): void {
    clearInterval(this.#writing);
    for (const { walk, people } of this.evenings) {
      walk.stop();
      for (const one of people) one.leave();
    }
  }

  #evening(url: string, { chat, persons, walker, watcher }: Invited): Evening {
    const people = persons.map((one) => this.#participant(url, chat, one));
    return { chat, owner: persons[0], people, walk: new Walk(url, chat, walker, watcher) };
  }

  #participant(url: string, chat: string, { token }: Person): Participant {
    const name = `${chat}-${this.#turn++}`;
    return new Participant({
      url,
      name,
      token,
      chat,
      random: Math.random,
      silenceMs: 4_000,
      againMs: 500,
      heard: (frame) => {
        if (frame.type === "entry" && frame.kind === "message") this.measures.seen(frame.data.message.text);
      },
    });
  }
}

/** An event about now, whose people have all accepted, and one of whom shows where they are. */
async function invite(url: string, index: number, count: number): Promise<Invited> {
  const names = Array.from({ length: count + 1 }, (_, n) => `p${index}x${n}`);
  const [owner, walker, watcher, ...rest] = await Promise.all(names.map((name) => signUp(url, name)));
  if (owner === undefined || walker === undefined || watcher === undefined) throw new Error("too few people");
  const guests = [walker, watcher, ...rest];
  const { status, response } = await owner.call("POST", "/event", {
    name: `evening ${index}`,
    start_time: Math.floor(Date.now() / 1_000) + 600,
    duration: 3_600,
    people: guests.map(({ id }) => id),
  });
  if (status !== 201) throw new Error(`no event: ${status}`);
  const chat = String(response.id);
  for (const one of guests) await one.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
  await walker.call("PUT", `/event/${chat}/sharing`, { state: "on", precision: "exact" });
  return { chat, persons: [owner, walker, ...rest], walker, watcher };
}

/** What people wrote, as the store has it after all: what the owner reads from the beginning. */
async function storedIn({ chat, owner }: Evening): Promise<{ seq: number; text: string }[]> {
  const all: { seq: number; text: string }[] = [];
  for (let isMore = true; isMore; ) {
    const after = all.at(-1)?.seq ?? 0;
    const { response } = await owner.call("GET", `/chat/${chat}/messages?after=${after}&limit=200`);
    all.push(...response.map(({ seq, text }: Json) => ({ seq, text })));
    isMore = response.length > 0;
  }
  return all;
}

/** All of an event have seen equally much, and no less than was acknowledged. */
function isLevel({ people }: Evening): boolean {
  const acknowledged = people.flatMap((one) => [...one.sends.values()].map(({ seq }) => seq ?? 0));
  const last = Math.max(0, ...acknowledged);
  return people.every((one) => (one.seen.at(-1)?.seq ?? 0) >= last);
}
