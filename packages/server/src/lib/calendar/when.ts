import type { Property } from "./content-lines.ts";
import { type DateValue, parseDateValue } from "./date-values.ts";
import { Unreadable } from "./problems.ts";
import type { NamedZone, Zones } from "./zones.ts";
import { utc, type Zone } from "./zone.ts";

/** A date or time of an event. */
export interface When extends DateValue {
  /** Null in UTC, and where the person's own zone counts: of dates and floating times. */
  readonly named: NamedZone | null;
  readonly zone: Zone;
  /** Seconds since 1970. */
  readonly instant: number;
}

export function whenOf(property: Property, zones: Zones): When {
  return whenIn(property.value, property.parameters.get("TZID"), zones);
}

/** Throws `bad_date` or `unknown_zone`. */
export function whenIn(text: string, tzid: string | undefined, zones: Zones): When {
  const value = parseDateValue(text);
  if (value === null) throw new Unreadable("bad_date");
  const named = value.kind === "local" && tzid ? zones.find(tzid) : null;
  if (value.kind === "local" && tzid && named === null) throw new Unreadable("unknown_zone");
  const zone = value.kind === "utc" ? utc : (named?.zone ?? zones.floating);
  return { ...value, named, zone, instant: zone.instantOf(value.wall) };
}
