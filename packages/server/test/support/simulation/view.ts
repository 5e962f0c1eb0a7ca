import type { Event, Message, ServerFrame } from "@jarvis/contract";
import { applyToPlan, emptyPlan, type SeenPlan } from "./planned.ts";

export interface SeenMessage {
  text: string;
  deleted: boolean;
  edited: number | null;
  reply_to: number | null;
}

export interface SeenPerson {
  role: string;
  rsvp: string;
}

/** One event on a screen: fetched once, then kept up by entries. */
export interface Seen {
  readonly messages: Map<number, SeenMessage>;
  readonly people: Map<string, SeenPerson>;
  /** What people have answered since that fetch was asked for. */
  readonly answers: Map<string, string>;
  name: string;
  plan: SeenPlan;
  /** What entries have changed since the fetch that is under way was asked for; null: nothing is. */
  touched: Set<string> | null;
  needsFetch: boolean;
}

export interface Fetched {
  readonly messages: readonly Message[];
  readonly event: Event;
  readonly plan: SeenPlan;
}

type EntryFrame = Extract<ServerFrame, { type: "entry" }>;

/** What an application makes of the frames, as the guide has it: fetch when an event opens or is reset, then apply. */
export class View {
  readonly events = new Map<string, Seen>();
  /** Where each stream must go on; its own bookkeeping, independent of the SDK's. */
  at = new Map<string, number>();
  epoch: string | null = null;
  readonly faults: string[] = [];
  /** Whether the server has sent this reset. */
  isTold: (reset: string) => boolean = () => true;

  /** As after the application was installed anew. */
  forget(): void {
    this.events.clear();
    this.at.clear();
    this.epoch = null;
  }

  open(event: string): void {
    this.events.set(event, {
      messages: new Map(),
      people: new Map(),
      answers: new Map(),
      name: "",
      plan: emptyPlan(),
      touched: null,
      needsFetch: true,
    });
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "welcome") return this.#welcome(frame);
    if (frame.type === "reset") return this.#reset(frame.stream, frame.last_seq);
    if (frame.type === "skip") return this.#skip(frame);
    if (frame.type !== "entry") return;
    this.#advance(frame.stream, frame.seq, frame.seq);
    if (frame.stream.startsWith("user:")) return this.#ownEntry(frame);
    const seen = this.events.get(frame.stream.slice("event:".length));
    if (seen === undefined) return;
    applyEntry(seen, frame);
    const isKnown = applyToPlan(seen.plan, frame.stream, frame);
    // What is being fetched may be from before it.
    const isOvertaken = seen.touched !== null && concernsPlan(frame);
    if (!isKnown || isOvertaken) this.#fetchAgain(seen);
  }

  #fetchAgain(seen: Seen): void {
    seen.touched = null;
    seen.needsFetch = true;
  }

  #welcome({ epoch, streams }: Extract<ServerFrame, { type: "welcome" }>): void {
    if (this.epoch !== null && this.epoch !== epoch) this.at.clear();
    this.epoch = epoch;
    for (const stream of this.at.keys()) if (!(stream in streams)) this.at.delete(stream);
    for (const event of this.events.keys()) if (!(`event:${event}` in streams)) this.events.delete(event);
    for (const [stream, last] of Object.entries(streams)) {
      if (this.at.has(stream)) continue;
      this.at.set(stream, last);
      if (stream.startsWith("event:")) this.open(stream.slice("event:".length));
    }
  }

  #reset(stream: string, last: number): void {
    if (!this.isTold(`${stream} ${last}`))
      this.faults.push(`hole: the SDK made up a reset of ${stream} to ${last}`);
    this.at.set(stream, last);
    if (stream.startsWith("event:")) return this.open(stream.slice("event:".length));
    // What happened on the own stream is not known: there may have been a removal, and a way back.
    for (const heard of this.at.keys())
      if (heard.startsWith("event:")) this.open(heard.slice("event:".length));
  }

  /** What may not be read may have overtaken what was: the next fetch tells. */
  #skip({ stream, from, to }: Extract<ServerFrame, { type: "skip" }>): void {
    this.#advance(stream, from, to);
    const seen = this.events.get(stream.slice("event:".length));
    if (seen !== undefined) this.#fetchAgain(seen);
  }

  #advance(stream: string, from: number, to: number): void {
    const last = this.at.get(stream);
    if (last === undefined) this.faults.push(`phantom: the application got ${from} of ${stream} unopened`);
    else if (from > last + 1)
      this.faults.push(`hole: the application got ${from} of ${stream} after ${last}`);
    else if (to <= last) this.faults.push(`duplicate: the application got ${to} of ${stream} after ${last}`);
    this.at.set(stream, to);
  }

  #ownEntry({ kind, data }: EntryFrame): void {
    const event = String(data["event"]);
    const stream = `event:${event}`;
    if (kind === "removed") {
      this.at.delete(stream);
      this.events.delete(event);
    } else if ((kind === "invited" || kind === "event_created") && typeof data["last_seq"] === "number") {
      if (!this.at.has(stream)) this.at.set(stream, data["last_seq"]);
      this.open(event);
    }
  }

  fetched(event: string, answer: Fetched): void {
    const seen = this.events.get(event);
    if (seen === undefined || seen.touched === null) return;
    const { touched } = seen;
    seen.touched = null;
    const { answers } = seen;
    for (const message of answer.messages)
      if (!touched.has(`m${message.seq}`)) seen.messages.set(message.seq, seenMessage(message));
    seen.plan = answer.plan;
    if (!touched.has("name")) seen.name = answer.event.name;
    const present = new Set<string | null>(answer.event.people.map(({ id }) => id));
    for (const id of seen.people.keys()) if (!present.has(id) && !touched.has(id)) seen.people.delete(id);
    for (const { id, role, rsvp } of answer.event.people)
      if (id !== null && !touched.has(id)) seen.people.set(id, { role, rsvp: answers.get(id) ?? rsvp });
  }
}

export function seenMessage(message: Message): SeenMessage {
  return {
    text: message.text,
    deleted: message.deleted ?? false,
    edited: message.edited_ms ?? null,
    reply_to: message.reply_to ?? null,
  };
}

/** Of an occurrence, or of a poll. */
function concernsPlan({ stream, kind, data }: EntryFrame): boolean {
  if (kind === "poll") return true;
  if (kind === "event") return stream !== `event:${(data["event"] as Event).id}`; // the contract's
  return kind === "rsvp" && data["event"] !== undefined;
}

function applyEntry(seen: Seen, { stream, kind, data }: EntryFrame): void {
  const message = data["message"] as Message | undefined; // the contract's, for the three kinds that have one
  if (message !== undefined) {
    seen.messages.set(message.seq, seenMessage(message));
    seen.touched?.add(`m${message.seq}`);
  } else if (kind === "event") {
    const { id, name } = data["event"] as Event; // the contract's
    if (stream !== `event:${id}`) return;
    seen.name = name;
    seen.touched?.add("name");
  } else if (kind === "people") applyPeople(seen, data);
  else if (kind === "rsvp" && data["event"] === undefined) {
    const id = String(data["user"]);
    const rsvp = String(data["rsvp"]);
    const person = seen.people.get(id);
    if (person !== undefined) seen.people.set(id, { ...person, rsvp });
    if (seen.touched !== null) seen.answers.set(id, rsvp);
  }
}

function applyPeople(seen: Seen, data: EntryFrame["data"]): void {
  if (data["op"] === "removed") {
    seen.people.delete(String(data["user"]));
    seen.touched?.add(String(data["user"]));
    return;
  }
  // Names and authors are not among what is seen here.
  if (data["op"] === "renamed" || data["op"] === "erased") return;
  const person = data["person"] as SeenPerson & { id: string | null }; // the contract's
  if (person.id === null) return;
  seen.people.set(person.id, { role: person.role, rsvp: person.rsvp });
  seen.touched?.add(person.id);
}
