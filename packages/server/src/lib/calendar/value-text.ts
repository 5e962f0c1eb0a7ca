import { type CivilDate, civilDate, dayOf, secondOfDay } from "./civil.ts";
import type { DateValue } from "./date-values.ts";

/** A DATE or DATE-TIME as it is written. */
export function valueText({ kind, wall }: DateValue): string {
  const date = dateText(civilDate(dayOf(wall)));
  if (kind === "date") return date;
  const time = secondOfDay(wall);
  const parts = [Math.floor(time / 3600), Math.floor(time / 60) % 60, time % 60];
  return `${date}T${parts.map((part) => `${part}`.padStart(2, "0")).join("")}${kind === "utc" ? "Z" : ""}`;
}

function dateText({ year, month, day }: CivilDate): string {
  return `${year}`.padStart(4, "0") + `${month}`.padStart(2, "0") + `${day}`.padStart(2, "0");
}
