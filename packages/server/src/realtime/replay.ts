import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Away } from "../events/service.ts";
import type { Turns } from "../http/turns.ts";
import { nextTurn } from "../lib/turn.ts";
import { headsOf } from "../streams/service.ts";
import type { Channel } from "./channel.ts";
import { encode, encodeEntry } from "./frames.ts";
import type { Pages, Sheet } from "./pages.ts";
import { hides, Standing } from "./standing.ts";

/** One stream on its way from where a connection stopped to where everybody hears it live. */
export interface Job {
  readonly channel: Channel;
  /** Number of the entry that the connection has had; null: it begins at the head, wherever that is. */
  cursor: number | null;
  /** What this connection has already had live, and does not get again. */
  had: { after: number; to: number } | null;
  cancelled: boolean;
}

/** What all replays of a server share. */
export interface ReplayHost {
  readonly ctx: Context;
  readonly pages: Pages;
  /** Replays take turns with everything else. */
  readonly turns: Turns;
}

/** The connection that a replay is for. */
export interface Listener {
  readonly user: UserId;
  readonly isOpen: boolean;
  send(text: string): void;
  /** Sends what the task sends in one go. */
  together(task: () => void): void;
  readonly isWritable: boolean;
  /** Resolves once the socket takes more, or is closed. */
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

/**
 * Brings the streams of one connection up to date, one after another. A stream is subscribed in the same turn in which
 * its cursor equals what has been delivered live: nothing falls between the two, and nothing comes twice.
 */
export class Replay {
  readonly #host: ReplayHost;
  readonly #listener: Listener;
  readonly #standing: Standing;
  readonly #jobs: Job[] = [];
  #isRunning = false;

  constructor(host: ReplayHost, listener: Listener) {
    this.#host = host;
    this.#listener = listener;
    this.#standing = new Standing(host.ctx, listener.user);
  }

  jobOf(channel: Channel): Job | undefined {
    return this.#jobs.find((job) => job.channel === channel);
  }

  add(channel: Channel, cursor: number | null, had: Job["had"] = null): void {
    this.#standing.forget();
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
    this.#standing.forget();
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
    await this.#begin(job);
    for (;;) {
      await this.#turn(job);
      const aways = await this.#aways(job);
      if (this.#isOver(job)) return;
      if (aways === null) return this.#listener.lost(job.channel);
      const away = endOf(aways);
      if (job.channel.published < away) await job.channel.reach(away);
      else if (this.#isUpToDate(job)) return this.#listener.subscribe(job.channel);
      else await this.#advance(job, aways);
    }
  }

  #isOver(job: Job): boolean {
    return job.cancelled || !this.#listener.isOpen;
  }

  /** Resolves once the socket takes more, and it is its turn. */
  async #turn(job: Job): Promise<void> {
    while (!this.#isOver(job) && !this.#listener.isWritable) await this.#listener.writable();
    await this.#host.turns.begin();
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
      const heads = await headsOf(this.#host.ctx.db.read, [channel.stream]);
      channel.learn(heads.get(channel.stream) ?? { last_seq: 0, pruned_seq: 0 });
    }
    if (job.cursor !== null || this.#isOver(job)) return;
    job.cursor = channel.published;
    this.#listener.startsAt(channel, job.cursor);
  }

  /** Of what times the person may read nothing; null when the stream is not theirs. */
  #aways({ channel }: Job): Promise<readonly Away[] | null> {
    const waiting = this.#jobs.map((job) => job.channel.stream);
    return this.#standing.of(channel.stream, waiting);
  }

  async #advance(job: Job, aways: readonly Away[]): Promise<void> {
    const { channel } = job;
    const cursor = cursorOf(job);
    if (cursor > channel.published) return channel.reach(cursor);
    const upTo = job.had?.after ?? channel.published;
    const sheets = (await this.#host.pages.read(channel.stream, cursor)).filter(
      ({ entry }) => entry.seq <= upTo,
    );
    if (this.#isOver(job)) return;
    if (sheets[0]?.entry.seq !== cursor + 1) return this.#reset(job, upTo);
    this.#listener.together(() => this.#sendPage(job, sheets, aways));
    // Most need one page. Whoever needs many waits for the others between them.
    if (!this.#isUpToDate(job)) await nextTurn();
  }

  /** The entries after the cursor are no longer kept. */
  #reset(job: Job, last: number): void {
    job.cursor = last;
    this.#listener.send(encode({ type: "reset", stream: job.channel.stream, last_seq: last }));
  }

  /** As many as the socket takes; one `skip` for a run of entries that are not theirs. */
  #sendPage(job: Job, sheets: readonly Sheet[], aways: readonly Away[]): void {
    let skipFrom: number | null = null;
    for (const sheet of sheets) {
      if (this.#isOver(job) || !this.#listener.isWritable) break;
      // Who may hear it has changed since it was read: it is read again.
      if (sheet.rendered.stands?.() === false) break;
      const { seq } = sheet.entry;
      const text = aways.some((away) => hides(away, sheet.entry)) ? null : this.#textOf(sheet);
      job.cursor = seq;
      if (text === null) {
        skipFrom ??= seq;
        continue;
      }
      this.#skip(job, skipFrom, seq - 1);
      skipFrom = null;
      this.#listener.send(text);
    }
    this.#skip(job, skipFrom, cursorOf(job));
  }

  #skip({ channel }: Job, from: number | null, to: number): void {
    if (from === null) return;
    this.#listener.send(encode({ type: "skip", stream: channel.stream, from, to }));
  }

  #textOf({ entry, rendered, text }: Sheet): string | null {
    const own = rendered.instead?.get(this.#listener.user);
    const data = own === undefined ? rendered.data : own;
    if (data === null) return null;
    if (rendered.opens === undefined) return own === undefined ? text : encodeEntry(entry, data);
    const { event, head } = rendered.opens;
    return encodeEntry(entry, { ...data, last_seq: this.#listener.hearFrom(event, head) });
  }
}

/** Up to here nobody hears live what they were removed for: it has to be delivered to the others before they listen. */
function endOf(aways: readonly Away[]): number {
  return Math.max(0, ...aways.map(({ to_entry }) => to_entry ?? 0));
}

function cursorOf(job: Job): number {
  return job.cursor ?? 0;
}
