import type { Revision } from "../call.ts";
import type { Context } from "../context.ts";
import { sha256 } from "../lib/ids.ts";
import { type FeedRow, type Key, updateFeedRevision } from "./store.ts";
import { lastYear } from "./zones.ts";

/** Grows when what is written of the same events changes, so that no old copy passes for the present one. */
const format = 1;

/** Of a calendar that has not been written: of all that it would be written from. */
export function etagOf(ctx: Context, keys: readonly Key[]): string {
  const rows = keys.map((key) => Object.values(key).join(" "));
  return etagOfText([format, ctx.publicUrl, lastYear(ctx.clock.now()), ...rows].join("\n"));
}

export function etagOfText(text: string): string {
  return `"${sha256(text).toHex().slice(0, 32)}"`;
}

/**
 * When a calendar became what it is cannot be seen in it: an event may have gone. So it is noted when it is first told,
 * a second later than what was told before at least, because dates in HTTP have seconds.
 */
export async function revisionOf(ctx: Context, feed: FeedRow, etag: string): Promise<Revision> {
  const { hash, id, etag: told, changed_ms } = feed;
  if (told === etag) return { etag, changedMs: changed_ms };
  const changed = { etag, changed_ms: Math.max(ctx.clock.now(), (changed_ms ?? 0) + 1_000) };
  try {
    await ctx.db.write((tx) => updateFeedRevision(tx.sql, hash, changed));
  } catch (error) {
    // It can be read all the same; the date is only a second way to tell copies apart.
    ctx.log.warn({ error, feed: id }, "the change of a calendar was not noted");
    return { etag, changedMs: null };
  }
  return { etag, changedMs: changed.changed_ms };
}
