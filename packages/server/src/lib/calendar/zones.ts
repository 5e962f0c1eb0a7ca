import { findIana } from "windows-iana";
import type { Budget } from "./budget.ts";
import type { ZoneComponent } from "./components.ts";
import { type ReducedZone, vtimezone } from "./vtimezone.ts";
import { ianaZone, utc, type Zone } from "./zone.ts";

/** A zone, and the name by which what is kept of the calendar calls it. */
export interface NamedZone {
  readonly id: string;
  readonly zone: Zone;
}

/** The zones of one calendar, and the person's own, in which floating times are. */
export class Zones {
  readonly floating: Zone;
  readonly #given: ReadonlyMap<string, ZoneComponent>;
  readonly #range: { readonly to: number; readonly budget: Budget };
  readonly #found = new Map<string, NamedZone | null>();
  /** Those of the calendar's own that were needed, for what is kept. */
  readonly reduced: ReducedZone[] = [];

  constructor(floating: Zone, given: readonly ZoneComponent[], range: { to: number; budget: Budget }) {
    this.floating = floating;
    this.#given = new Map(given.map((component) => [component.id.trim(), component]));
    this.#range = range;
  }

  /** Null when nobody knows it. */
  find(tzid: string): NamedZone | null {
    const known = this.#found.get(tzid);
    if (known !== undefined) return known;
    const found = this.#look(tzid);
    this.#found.set(tzid, found);
    return found;
  }

  /** What the database says of a zone is newer than what a calendar says of it. */
  #look(tzid: string): NamedZone | null {
    const given = this.#given.get(tzid);
    return (
      named(tzid) ??
      named(findIana(tzid)[0]) ??
      named(given?.location) ??
      this.#own(given) ??
      lastSegments(tzid)
    );
  }

  #own(given: ZoneComponent | undefined): NamedZone | null {
    const found = given === undefined ? null : vtimezone(given, `Z${this.reduced.length + 1}`, this.#range);
    if (found === null) return null;
    this.reduced.push(found.reduced);
    return { id: found.reduced.id, zone: found.zone };
  }
}

/** "/citadel.org/20250101_1/Europe/Berlin": a name of somebody else's registry (3.2.19). */
function lastSegments(tzid: string): NamedZone | null {
  const segments = tzid.split("/");
  for (const length of [3, 2]) {
    const found = segments.length > length ? named(segments.slice(-length).join("/")) : null;
    if (found !== null) return found;
  }
  return null;
}

function named(id: string | undefined): NamedZone | null {
  if (id === undefined || id.length > 64) return null;
  if (/^(?:Z|UTC|GMT)$/i.test(id)) return { id: "UTC", zone: utc };
  const zone = ianaZone(id);
  return zone === null ? null : { id, zone };
}
