import { z } from "zod";
import type { Item } from "./items.ts";

/** What is kept of one of the person's calendars at Google. */
export interface KeptCalendar {
  /** Where the next sync goes on. */
  readonly syncToken: string;
  readonly items: ReadonlyMap<string, Item>;
  /** Events for which there was no room. */
  readonly dropped: number;
}

/** By a hash of the calendar's id, which is somebody's address. */
export type Kept = ReadonlyMap<string, KeptCalendar>;

const moment = z.union([z.number(), z.string()]);
const origin = { master: z.string(), original: moment };
const item = z.discriminatedUnion("is", [
  z.object({
    is: z.literal("busy"),
    start: moment,
    end: moment,
    master: z.string().optional(),
    original: moment.optional(),
    rules: z.array(z.string()).optional(),
    zone: z.string().optional(),
  }),
  z.object({ is: z.literal("free"), ...origin }),
  z.object({
    is: z.literal("skipped"),
    reason: z.enum(["bad_date", "unknown_zone", "bad_rule", "too_many_events"]),
  }),
]);
const stored = z.record(
  z.string(),
  z.object({ syncToken: z.string(), dropped: z.number(), items: z.record(z.string(), item) }),
);

/** As it lies in the store: JSON of times, compressed. */
export function packKept(kept: Kept): Uint8Array {
  const calendars = [...kept].map(([key, { syncToken, dropped, items }]) => {
    return [key, { syncToken, dropped, items: Object.fromEntries(items) }] as const;
  });
  return Bun.gzipSync(new TextEncoder().encode(JSON.stringify(Object.fromEntries(calendars))));
}

export function unpackKept(packed: Uint8Array): Kept {
  const text = new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(packed)));
  const calendars = stored.parse(JSON.parse(text));
  return new Map(
    Object.entries(calendars).map(([key, { syncToken, dropped, items }]) => {
      return [key, { syncToken, dropped, items: new Map(Object.entries(items)) }];
    }),
  );
}
