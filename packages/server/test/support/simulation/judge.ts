import type { ServerFrame } from "@jarvis/contract";
import type { Ledger } from "./ledger.ts";
import type { Line, Tap } from "./line.ts";

/** Who holds the client's end of a wire. */
export interface Holder {
  readonly user: string;
  readonly session: string;
}

type EntryFrame = Extract<ServerFrame, { type: "entry" }>;
type Of<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

interface Heard {
  hello: { epoch?: string; resume?: Record<string, number> };
  /** The entry that must come next is the one after this; null: a reset has to come first. */
  readonly at: Map<string, number | null>;
}

/** Looks at every frame at the moment the server says it, and at nothing that the server knows. */
export class Judge implements Tap {
  readonly violations: string[] = [];
  /** Which entries and messages each person was shown, for what can only be said at the end. */
  readonly shown: { user: string; event: string; entry: number; message: number | null }[] = [];
  /** How many resets were sent, by device, stream and number, that no application has taken yet. */
  readonly #resets = new Map<string, number>();
  ledger: Ledger;
  readonly #holderOf: (wire: Line) => Holder;
  readonly #heard = new Map<Line, Heard>();
  readonly counts = { frames: 0, welcome: 0, reset: 0, skip: 0 };

  constructor(ledger: Ledger, holderOf: (wire: Line) => Holder) {
    this.ledger = ledger;
    this.#holderOf = holderOf;
  }

  /** An application was told of a reset: false when the server has not said so, or not so often. */
  takeReset(reset: string): boolean {
    const left = this.#resets.get(reset) ?? 0;
    this.#resets.set(reset, left - 1);
    return left > 0;
  }

  report(violation: string): void {
    this.violations.push(violation);
  }

  clientSaid(wire: Line, text: string): void {
    const frame = JSON.parse(text) as { type: string } & Heard["hello"]; // the SDK writes objects with a type
    if (frame.type === "hello") this.#heard.set(wire, { hello: frame, at: new Map() });
  }

  closed(wire: Line): void {
    this.#heard.delete(wire);
  }

  serverSaid(wire: Line, text: string): void {
    this.counts.frames++;
    const frame = JSON.parse(text) as ServerFrame; // what it says is what is judged
    if (frame.type === "welcome" || frame.type === "reset" || frame.type === "skip")
      this.counts[frame.type]++;
    const holder = this.#holderOf(wire);
    const heard = this.#heard.get(wire);
    if (frame.type === "error" || frame.type === "pong") return;
    if (heard === undefined) return this.report(`a ${frame.type} frame before the hello`);
    if (!this.ledger.isSignedIn(holder.session))
      this.report(`late: ${frame.type} to a session that has ended`);
    if (frame.type === "welcome") return this.#welcome(heard, frame);
    if (frame.type === "ack") return this.#ack(frame);
    if (frame.type === "typing" || frame.type === "read") return this.#presence(holder, frame);
    if (frame.type === "reset") {
      heard.at.set(frame.stream, frame.last_seq);
      const reset = `${wire.owner} ${frame.stream} ${frame.last_seq}`;
      this.#resets.set(reset, (this.#resets.get(reset) ?? 0) + 1);
      if (frame.last_seq > this.ledger.head(frame.stream))
        this.report(`reset beyond the head of ${frame.stream}`);
      return;
    }
    if (frame.type === "skip") return this.#advance(holder, heard, frame.stream, frame.from, frame.to);
    if (frame.type === "entry") this.#entry(holder, heard, frame);
  }

  #welcome({ hello, at }: Heard, { epoch, streams }: Of<"welcome">): void {
    for (const [stream, last] of Object.entries(streams)) {
      const from = hello.resume?.[stream];
      if (last > this.ledger.head(stream)) this.report(`welcome beyond the head of ${stream}`);
      if (from === undefined) at.set(stream, last);
      else at.set(stream, hello.epoch === epoch ? from : null);
    }
  }

  #ack({ chat, client_id, seq }: Of<"ack">): void {
    // An event may be deleted in the very commit that stores a message in it.
    if (this.ledger.isThere(chat) && !this.ledger.isStored(chat, client_id, seq))
      this.report(`lost: ${client_id} was acknowledged as ${seq} and is not stored`);
  }

  #presence({ user }: Holder, { type, chat, user: about }: Of<"typing"> | Of<"read">): void {
    if (!this.ledger.isMember(chat, user)) this.report(`late: ${type} to somebody who is not in the event`);
    if (this.ledger.isBlocked(user, about)) this.report(`late: ${type} between people who are blocked`);
  }

  #advance({ user }: Holder, { at }: Heard, stream: string, from: number, to: number): void {
    const last = at.get(stream);
    if (last === undefined) this.report(`phantom: ${stream} was not opened and brings ${from}`);
    else if (last === null) this.report(`hole: ${stream} goes on from another epoch without a reset`);
    else if (from > last + 1) this.report(`hole: ${stream} brings ${from} after ${last}`);
    else if (from <= last) this.report(`duplicate: ${stream} brings ${from} after ${last}`);
    at.set(stream, to);
    if (to > this.ledger.head(stream)) this.report(`phantom: ${stream} ${to} is not committed`);
    if (!stream.startsWith("event:")) {
      if (stream !== `user:${user}`) this.report(`late: ${stream} was shown to somebody else`);
    } else if (!this.ledger.isMember(stream.slice("event:".length), user))
      this.report(`late: ${stream} ${from} to somebody who is not in the event`);
  }

  #entry(holder: Holder, heard: Heard, frame: EntryFrame): void {
    const { stream, seq, kind, data } = frame;
    this.#advance(holder, heard, stream, seq, seq);
    const stored = this.ledger.entryAt(stream, seq);
    if (stored !== undefined && stored.kind !== kind) this.report(`phantom: ${stream} ${seq} is no ${kind}`);
    if (stream.startsWith("event:")) return this.#shown(holder, frame);
    const opened = `event:${String(data["event"])}`;
    if (kind === "removed") heard.at.delete(opened);
    else if (typeof data["last_seq"] === "number" && !heard.at.has(opened))
      heard.at.set(opened, data["last_seq"]);
  }

  #shown({ user }: Holder, { stream, seq, kind, data }: EntryFrame): void {
    const event = stream.slice("event:".length);
    const message = Object(data["message"]) as { seq?: number; client_id?: string; author?: { id: string } };
    if (message.client_id !== undefined && message.author?.id !== user)
      this.report(`late: a client_id was shown to somebody else`);
    this.shown.push({ user, event, entry: seq, message: message.seq ?? null });
    if (kind === "sharing" && this.ledger.isBlocked(user, String(data["user"])))
      this.report(`late: sharing between people who are blocked`);
  }
}
