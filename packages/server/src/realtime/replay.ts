import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { absencesOf, requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { nextTurn } from "../lib/turn.ts";
import { entriesAfter, headsOf } from "../streams/service.ts";
import type { Channel } from "./channel.ts";
import { encode, encodeEntry } from "./frames.ts";
import { type Entry, isAboutMessage, renderAll, type Rendered } from "./render.ts";
import { parseRow } from "./rows.ts";

/** One stream on its way from where a connection stopped to where everybody hears it live. */
export interface Job {
  readonly channel: Channel;
  /** Number of the entry that the connection has had; null: it begins at the head, wherever that is. */
  cursor: number | null;
  /** What this connection has already had live, and does not get again. */
  had: { after: number; to: number } | null;
  cancelled: boolean;
}

/** The connection that a replay is for. */
export interface Listener {
  readonly user: UserId;
  readonly isOpen: boolean;
  send(text: string): void;
  /** Resolves once the socket takes more; at once when it does, or when it is closed. */
  writable(): Promise<void>;
  /** The stream is heard live from this moment. */
  subscribe(channel: Channel): void;
  /** It begins at this entry. */
  startsAt(channel: Channel, seq: number): void;
  /** It may not be read any more, or not at all. */
  lost(channel: Channel): void;
  /** Makes the connection hear an event's stream; the number from which it does. */
  hearFrom(event: EventId, head: number): number;
  failed(error: unknown): void;
  /** Nothing is left to do. */
  replayed(): void;
}

const pageSize = 100;

type Absence = Awaited<ReturnType<typeof absencesOf>>[number];

/**
 * Brings the streams of one connection up to date, one after another. A stream is subscribed in the same turn in which
 * its cursor equals what has been delivered live: nothing falls between the two, and nothing comes twice.
 */
export class Replay {
  readonly #ctx: Context;
  readonly #listener: Listener;
  readonly #jobs: Job[] = [];
  #isRunning = false;

  constructor(ctx: Context, listener: Listener) {
    this.#ctx = ctx;
    this.#listener = listener;
  }

  jobOf(channel: Channel): Job | undefined {
    return this.#jobs.find((job) => job.channel === channel);
  }

  add(channel: Channel, cursor: number | null, had: Job["had"] = null): void {
    this.#jobs.push({ channel, cursor, had, cancelled: false });
  }

  /** A stream that was to begin at its head begins here. */
  startAt(channel: Channel, seq: number): void {
    const job = this.jobOf(channel);
    if (job !== undefined) job.cursor ??= seq;
  }

  cancel(channel: Channel): void {
    const job = this.jobOf(channel);
    if (job === undefined) return;
    job.cancelled = true;
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }

  /** Goes on until no job is left, those added meanwhile included. */
  async run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let job = this.#jobs[0]; job !== undefined && this.#listener.isOpen; job = this.#jobs[0]) {
      try {
        await this.#runJob(job);
      } catch (error) {
        return this.#listener.failed(error);
      }
      if (this.#jobs[0] === job) this.#jobs.shift();
    }
    this.#listener.replayed();
  }

  async #runJob(job: Job): Promise<void> {
    const absences = await this.#absences(job.channel.stream);
    if (this.#isOver(job)) return;
    if (absences === null) return this.#listener.lost(job.channel);
    await this.#begin(job);
    await this.#passAbsences(job, absences);
    while (!this.#isOver(job) && !this.#isUpToDate(job)) await this.#advance(job, absences);
    if (!this.#isOver(job)) this.#listener.subscribe(job.channel);
  }

  /** Nobody hears live what they were removed for: it has been delivered to the others before they listen. */
  async #passAbsences({ channel }: Job, absences: readonly Absence[]): Promise<void> {
    const end = Math.max(0, ...absences.map(({ to_entry }) => to_entry ?? 0));
    if (channel.published < end) await channel.reach(end);
  }

  #isOver(job: Job): boolean {
    return job.cancelled || !this.#listener.isOpen;
  }

  #isUpToDate(job: Job): boolean {
    if (job.had !== null && cursorOf(job) >= job.had.after) {
      job.cursor = Math.max(cursorOf(job), job.had.to);
      job.had = null;
    }
    return job.had === null && job.cursor === job.channel.published;
  }

  async #begin(job: Job): Promise<void> {
    const { channel } = job;
    if (!channel.isKnown) {
      const heads = await headsOf(this.#ctx.db.read, [channel.stream]);
      channel.learn(heads.get(channel.stream) ?? { last_seq: 0, pruned_seq: 0 });
    }
    if (job.cursor !== null) return;
    job.cursor = channel.published;
    this.#listener.startsAt(channel, job.cursor);
  }

  /** The person's absences; null when the stream is not theirs to read. */
  async #absences(stream: StreamId): Promise<Absence[] | null> {
    if (!stream.startsWith("event:")) return [];
    const event = stream.slice("event:".length) as EventId; // the stream's name was made of it
    const { user } = this.#listener;
    try {
      await requireParticipant(this.#ctx.db.read, user, event);
    } catch (error) {
      if (error instanceof AppError && error.code === "not_found") return null;
      throw error;
    }
    return absencesOf(this.#ctx.db.read, user, event);
  }

  async #advance(job: Job, absences: readonly Absence[]): Promise<void> {
    const { channel } = job;
    const cursor = cursorOf(job);
    if (cursor > channel.published) return channel.reach(cursor);
    const upTo = job.had?.after ?? channel.published;
    const rows = await entriesAfter(this.#ctx.db.read, channel.stream, cursor, pageSize);
    const entries = rows.filter(({ seq }) => seq <= upTo).map(parseRow);
    if (this.#isOver(job)) return;
    if (entries[0]?.seq !== cursor + 1) return this.#reset(job, upTo);
    await this.#sendPage(job, entries, absences);
    if (entries.length === pageSize) await nextTurn();
  }

  /** The entries after the cursor are no longer kept. */
  #reset(job: Job, last: number): void {
    job.cursor = last;
    this.#listener.send(encode({ type: "reset", stream: job.channel.stream, last_seq: last }));
  }

  async #sendPage(job: Job, entries: readonly Entry[], absences: readonly Absence[]): Promise<void> {
    const rendered = await this.#rendered(entries, absences);
    for (const [index, entry] of entries.entries()) {
      if (this.#isOver(job)) return;
      const next = entries[index + 1];
      const data = this.#dataFor(rendered.get(entry.seq));
      const skipsOn = next !== undefined && this.#dataFor(rendered.get(next.seq)) === null;
      if (data !== null) this.#listener.send(encodeEntry(entry, this.#opened(rendered.get(entry.seq), data)));
      else if (!skipsOn) this.#skip(job, entry.seq, entries, rendered);
      job.cursor = entry.seq;
      await this.#listener.writable();
    }
  }

  async #rendered(entries: readonly Entry[], absences: readonly Absence[]): Promise<Map<number, Rendered>> {
    const readable = entries.filter((entry) => !absences.some((absence) => hides(absence, entry)));
    const forms = await renderAll(this.#ctx, readable);
    return new Map(readable.map((entry, index) => [entry.seq, forms[index] ?? { data: null }]));
  }

  #dataFor(rendered: Rendered | undefined): Record<string, unknown> | null {
    if (rendered === undefined) return null;
    const own = rendered.instead?.get(this.#listener.user);
    return own === undefined ? rendered.data : own;
  }

  #opened(rendered: Rendered | undefined, data: Record<string, unknown>): Record<string, unknown> {
    if (rendered?.opens === undefined) return data;
    return { ...data, last_seq: this.#listener.hearFrom(rendered.opens.event, rendered.opens.head) };
  }

  /** One `skip` for a run of entries that are not theirs, sent at its end. */
  #skip(job: Job, to: number, entries: readonly Entry[], rendered: ReadonlyMap<number, Rendered>): void {
    const { stream } = job.channel;
    const first = entries[0]?.seq ?? to;
    let from = to;
    while (from > first && this.#dataFor(rendered.get(from - 1)) === null) from--;
    this.#listener.send(encode({ type: "skip", stream, from, to }));
  }
}

function cursorOf(job: Job): number {
  return job.cursor ?? 0;
}

/** What was reported while they were removed, and what is reported later about a message of that time. */
function hides(absence: Absence, entry: Entry): boolean {
  if (isWithin(entry.seq, absence.from_entry, absence.to_entry)) return true;
  return (
    isAboutMessage(entry) && isWithin(Number(entry.data["seq"]), absence.from_message, absence.to_message)
  );
}

function isWithin(seq: number, from: number, to: number | null): boolean {
  return seq >= from && (to === null || seq <= to);
}
