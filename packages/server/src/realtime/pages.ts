import { eventStream, type StreamId } from "@jarvis/contract";
import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import { entriesAfter } from "../streams/service.ts";
import { groupOf } from "../lib/ids.ts";
import { encodeEntry } from "./frames.ts";
import { type Entry, renderAll, type Rendered } from "./render.ts";
import { parseRow } from "./rows.ts";

/** An entry as it is replayed. */
export interface Sheet {
  readonly entry: Entry;
  readonly rendered: Rendered;
  /** The frame for everybody who gets nothing of their own in its place; null where that is a `skip`. */
  readonly text: string | null;
}

interface Kept {
  readonly sheets: Map<number, Sheet>;
  readonly atMs: number;
  chars: number;
}

const pageSize = 100;
/** What is kept of one stream, and of all, in characters. */
const maxOfStream = 4 * 1024 * 1024;
const maxOfAll = 16 * 1024 * 1024;
/** Some of what an entry shows follows the clock. */
const lifetimeMs = 5_000;

/**
 * Entries of events, rendered. After an outage ten connections of a person and all people of an event want the same
 * ones: they are read and rendered once. Whatever may change how one is rendered drops them, at the commit.
 */
export class Pages {
  readonly #ctx: Context;
  readonly #kept = new Map<StreamId, Kept>();
  readonly #loading = new Map<StreamId, Promise<readonly Sheet[]>>();
  #chars = 0;
  /** Counts what has changed: what was read before is not kept after. */
  #changes = 0;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Some entries after a number, in order and without a hole; none where the next one is not kept any more. */
  async read(stream: StreamId, after: number): Promise<readonly Sheet[]> {
    if (!stream.startsWith("event:")) return this.#load(stream, after);
    for (;;) {
      const found = this.#find(stream, after);
      if (found.length > 0) return found;
      const loading = this.#loading.get(stream);
      if (loading === undefined) break;
      await loading.catch(() => undefined); // whoever began it learns why it failed
    }
    const loading = this.#loadAndKeep(stream, after).finally(() => this.#loading.delete(stream));
    this.#loading.set(stream, loading);
    return loading;
  }

  heard(message: BusMessage): void {
    switch (message.type) {
      case "moved":
      case "share_changed":
      case "moved_elsewhere":
      case "online":
      case "typing":
      case "read":
        return;
      case "bus_gap":
        if (message.channels === null) this.#dropAll();
        else for (const stream of message.channels) this.#drop(stream);
        return;
      case "entry":
        // A new message changes nothing that was there before it.
        if (message.kind !== "message") this.#changed(message.stream, message.kind);
        return;
      case "member_joined":
      case "member_left":
      case "sharing_changed":
        return this.#drop(eventStream(groupOf(message.event))); // a series has one log
      case "signed_out":
        // So ends an account, too.
        if (message.session === null) this.#dropAll();
        return;
      default:
        message satisfies never;
        this.#dropAll();
    }
  }

  #changed(stream: StreamId, kind: string): void {
    if (stream.startsWith("event:")) this.#drop(stream);
    else if (kind === "profile" || kind === "block") this.#dropAll();
  }

  #find(stream: StreamId, after: number): readonly Sheet[] {
    const kept = this.#kept.get(stream);
    if (kept === undefined) return [];
    if (this.#ctx.clock.monotonic() - kept.atMs >= lifetimeMs) {
      this.#drop(stream);
      return [];
    }
    const found: Sheet[] = [];
    for (let seq = after + 1; found.length < pageSize; seq++) {
      const sheet = kept.sheets.get(seq);
      if (sheet === undefined || sheet.rendered.stands?.() === false) break;
      found.push(sheet);
    }
    return found;
  }

  async #loadAndKeep(stream: StreamId, after: number): Promise<readonly Sheet[]> {
    const changes = this.#changes;
    const sheets = await this.#load(stream, after);
    if (changes === this.#changes) this.#keep(stream, sheets);
    return sheets;
  }

  async #load(stream: StreamId, after: number): Promise<readonly Sheet[]> {
    const entries = (await entriesAfter(this.#ctx.db.read, stream, after, pageSize)).map(parseRow);
    const rendered = await renderAll(this.#ctx, entries);
    return entries.map((entry, index) => sheetOf(entry, rendered[index] ?? { data: null }));
  }

  #keep(stream: StreamId, sheets: readonly Sheet[]): void {
    const chars = sheets.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
    if ((this.#kept.get(stream)?.chars ?? 0) + chars > maxOfStream) this.#forget(stream);
    const kept = this.#kept.get(stream) ?? this.#begin(stream);
    for (const sheet of sheets) kept.sheets.set(sheet.entry.seq, sheet);
    kept.chars += chars;
    this.#chars += chars;
    for (const oldest of this.#kept.keys()) {
      if (this.#chars <= maxOfAll) break;
      this.#forget(oldest);
    }
  }

  #begin(stream: StreamId): Kept {
    const { clock } = this.#ctx;
    const kept: Kept = { sheets: new Map(), atMs: clock.monotonic(), chars: 0 };
    this.#kept.set(stream, kept);
    clock.schedule(lifetimeMs, () => {
      if (this.#kept.get(stream) === kept) this.#forget(stream);
    });
    return kept;
  }

  #drop(stream: StreamId): void {
    this.#changes++;
    this.#forget(stream);
  }

  #dropAll(): void {
    this.#changes++;
    this.#kept.clear();
    this.#chars = 0;
  }

  #forget(stream: StreamId): void {
    this.#chars -= this.#kept.get(stream)?.chars ?? 0;
    this.#kept.delete(stream);
  }
}

function sheetOf(entry: Entry, rendered: Rendered): Sheet {
  const isCommon = rendered.data !== null && rendered.opens === undefined;
  return { entry, rendered, text: isCommon ? encodeEntry(entry, rendered.data) : null };
}
