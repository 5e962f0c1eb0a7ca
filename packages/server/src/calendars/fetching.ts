import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { atLeast } from "../lib/at-least.ts";
import type { Validators } from "../lib/guarded-fetch.ts";
import { readText } from "./reading.ts";
import type { Outcome } from "./rules.ts";
import { type CalendarRow, findZone } from "./store.ts";

/** A calendar that cannot be read takes this long at least: its time is not to tell a closed port from a refused address. */
const failureMs = 500;

interface Wanted extends Validators {
  readonly user: UserId;
  readonly url: string;
}

/** Fetches and reads a calendar behind an address. */
export function fetchUrl(ctx: Context, wanted: Wanted): Promise<Outcome> {
  return atLeast(
    failureMs,
    () => attempt(ctx, wanted),
    ({ kind }) => kind === "failed",
  );
}

async function attempt(ctx: Context, { user, url, ...known }: Wanted): Promise<Outcome> {
  const fetched = await ctx.calendarWork.fetch.get(url, known);
  if (fetched.kind !== "body") return fetched;
  const zone = await findZone(ctx.db.read, user);
  if (zone === undefined) return { kind: "failed", code: "gone" }; // the account was erased meanwhile
  const { bytes, etag, lastModified } = fetched;
  const read = await readText(ctx, user, bytes, zone);
  if ("fault" in read) return { kind: "failed", code: read.fault };
  return { kind: "read", ...read, etag, lastModified };
}

type Fetch = (ctx: Context, row: CalendarRow) => Promise<Outcome>;

/** How a calendar of each kind is read again; one that is not here never is. */
const fetches: Partial<Record<CalendarRow["kind"], Fetch>> = {
  url: (ctx, { user_id: user, url, etag, last_modified: lastModified }) =>
    fetchUrl(ctx, { user, url: url ?? "", etag, lastModified }), // a calendar of this kind has one
};

/** Reads a calendar again; null where its kind knows no way. */
export function fetchAgain(ctx: Context, row: CalendarRow): Promise<Outcome> | null {
  return fetches[row.kind]?.(ctx, row) ?? null;
}
