import { AppError } from "../../lib/app-error.ts";
import { findTold, type Objects, rememberTold } from "../../feeds/snapshots.ts";
import { PreconditionFailed } from "./errors.ts";
import { multistatus, statusResponse } from "./multistatus.ts";
import { dav } from "./names.ts";
import { describeObjects, shownBy } from "./report-properties.ts";
import { hrefOf } from "./resources.ts";
import { fromSyncToken, toSyncToken, type Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";
import { tag } from "./xml-write.ts";

/**
 * `sync-collection` (RFC 6578): how what there is now differs from what the token stands for. Whoever asks for less at
 * a time gets a token for what they then have, and goes on from it.
 */
export async function syncCollection(visit: Visit, report: Element): Promise<Response> {
  requireLevel(report);
  const limit = limitOf(report);
  const shown = shownBy(report);
  const text = tokenIn(report);
  // Phones ask every few minutes: where nothing has changed, nothing is written.
  if (await visit.isPresent(text)) return multistatus([tag(dav("sync-token"), [text])]);
  const told = await toldBy(visit, text);
  const now = await visit.tags();
  const all = changesBetween(told, now);
  const changes = limit === null ? all : all.slice(0, limit);
  const reached = applied(told, now, changes);
  // First: what a client is told must be known when it comes back, also after a crash in between.
  const token = await rememberTold(visit.ctx, visit.user, reached);
  const changed = new Set(changes.filter((name) => now.has(name)));
  const objects = (await visit.objects()).filter(({ name }) => changed.has(name));
  const removed = changes.filter((name) => !now.has(name));
  const href = (name: string) => hrefOf(visit.user, { kind: "object", name });
  return multistatus([
    ...(await describeObjects(visit, objects, shown, await visit.expansion())),
    ...removed.map((name) => statusResponse(href(name), 404)),
    ...(changes.length < all.length ? [truncated(visit)] : []),
    tag(dav("sync-token"), [toSyncToken(token)]),
  ]);
}

/** There is nothing below the objects, so that all levels are one. */
function requireLevel(report: Element): void {
  const level = childOf(report, dav("sync-level"))?.text.trim() ?? "1";
  if (level !== "1" && level !== "infinite")
    throw new AppError("invalid_input", { detail: "sync-level is 1 or infinite" });
}

function limitOf(report: Element): number | null {
  const limit = childOf(report, dav("limit"));
  if (limit === undefined) return null;
  const text = childOf(limit, dav("nresults"))?.text.trim() ?? "";
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new AppError("invalid_input", { detail: "nresults is a number" });
  return Number(text);
}

function tokenIn(report: Element): string {
  const element = childOf(report, dav("sync-token"));
  if (element === undefined) throw new AppError("invalid_input", { detail: "There is no sync-token" });
  return element.text.trim();
}

async function toldBy({ ctx, user }: Visit, text: string): Promise<Objects> {
  if (text === "") return new Map();
  const token = fromSyncToken(text);
  const told = token === null ? null : await findTold(ctx, user, token);
  if (told === null) throw new PreconditionFailed(dav("valid-sync-token"));
  return told;
}

/** Names of what was added, changed or removed. */
function changesBetween(told: Objects, now: Objects): string[] {
  const changed = [...now].filter(([name, etag]) => told.get(name) !== etag).map(([name]) => name);
  return [...changed, ...told.keys().filter((name) => !now.has(name))];
}

function applied(told: Objects, now: Objects, changes: readonly string[]): Objects {
  const reached = new Map(told);
  for (const name of changes) {
    const etag = now.get(name);
    if (etag === undefined) reached.delete(name);
    else reached.set(name, etag);
  }
  return reached;
}

/** There is more (section 3.6). */
function truncated({ user }: Visit) {
  return statusResponse(hrefOf(user, { kind: "calendar" }), 507, [
    tag(dav("number-of-matches-within-limits")),
  ]);
}
