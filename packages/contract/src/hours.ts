import { z } from "zod";
import { limits } from "./limits.ts";

/** As iCalendar writes them (RFC 5545, 3.3.10), in lower case. */
export const weekday = z.enum(["mo", "tu", "we", "th", "fr", "sa", "su"]);

const daytime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time like "09:30"');
const daytimeEnd = z.union([z.literal("24:00"), daytime]);

/**
 * When somebody likes to meet, on these days, in their own time zone. `to` before `from` runs past midnight;
 * `"24:00"` is the end of the day.
 */
export const hoursWindow = z
  .object({ days: z.array(weekday).min(1).max(7), from: daytime, to: daytimeEnd })
  .refine(({ from, to }) => from !== to, { message: "must not be equal to `from`", path: ["to"] });

export const hours = z.array(hoursWindow).min(1).max(limits.hoursWindows);

/** Several days in a query: `mo,tu`. */
export const weekdaysQuery = z
  .string()
  .max(20)
  .transform((text) => text.split(","))
  .pipe(z.array(weekday).min(1));

export type Weekday = z.output<typeof weekday>;
export type HoursWindow = z.output<typeof hoursWindow>;
