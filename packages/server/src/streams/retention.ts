import { limits, type StreamId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { deleteEntriesUpTo, findHead, listAges, listHeadsAfter, updatePruned } from "./store.ts";

/** Streams that are looked at, and units that delete, in one pass at most. */
const passStreams = 20_000;
const passUnits = 200;
const pageStreams = 500;
const unitEntries = 500;
const dayMs = 86_400_000;

/**
 * Deletes entries that are neither among the newest 1,000 of their stream nor younger than seven days: whoever was away
 * for longer fetches afresh. Passes are short and go on where the last one stopped, so that it holds nobody up however
 * many streams there are.
 */
export class Retention {
  readonly #ctx: Context;
  /** The stream that was dealt with last. */
  #place = "";

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** One pass; true when it came to the last stream, and the next begins at the first. */
  async pass(): Promise<boolean> {
    let units = passUnits;
    for (let looked = 0; looked < passStreams; ) {
      const page = await listHeadsAfter(this.#ctx.db.read, this.#place, pageStreams);
      for (const { id, last_seq, pruned_seq } of page) {
        let mayHaveOld = last_seq - pruned_seq > limits.entriesKept && (await this.#isOld(id, pruned_seq));
        while (mayHaveOld) {
          if (units-- === 0) return false;
          mayHaveOld = await this.#prune(id);
        }
        this.#place = id;
      }
      looked += page.length;
      if (page.length < pageStreams) {
        this.#place = "";
        return true;
      }
    }
    return false;
  }

  /** Most streams that are long are long because they are busy: then there is nothing to write. */
  async #isOld(id: StreamId, pruned: number): Promise<boolean> {
    const [oldest] = await listAges(this.#ctx.db.read, id, pruned, 1);
    return oldest !== undefined && oldest.at_ms < this.#youngMs();
  }

  #youngMs(): number {
    return this.#ctx.clock.now() - limits.entriesKeptDays * dayMs;
  }

  /** Deletes the oldest, and says whether there may be more: its head and what it has lost change in one unit. */
  #prune(id: StreamId): Promise<boolean> {
    return this.#ctx.db.write(async (tx) => {
      const head = await findHead(tx.sql, id);
      if (head === undefined) return false;
      const youngMs = this.#youngMs();
      const lastOld = head.last_seq - limits.entriesKept;
      const oldest = await listAges(tx.sql, id, head.pruned_seq, unitEntries);
      const kept = oldest.findIndex(({ seq, at_ms }) => seq > lastOld || at_ms >= youngMs);
      const pruned = oldest.at(kept < 0 ? -1 : kept - 1);
      if (kept === 0 || pruned === undefined) return false;
      await deleteEntriesUpTo(tx.sql, id, pruned.seq);
      await updatePruned(tx.sql, id, pruned.seq);
      return kept < 0;
    });
  }
}
