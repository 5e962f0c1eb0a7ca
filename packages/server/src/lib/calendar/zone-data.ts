/** A release of the IANA's zone data, and something that only it and later ones say. */
interface Release {
  readonly name: string;
  readonly zone: string;
  /** At this instant clocks in the zone are `offset` ahead of UTC; in earlier releases they are not. */
  readonly at: string;
  readonly offset: string;
}

/** Newest first. Releases that change no time of any zone that can be told apart are not in it. */
const releases: readonly Release[] = [
  // Moldova changes its clocks when the European Union does.
  { name: "2026a", zone: "Europe/Chisinau", at: "2025-03-30T00:30Z", offset: "+02:00" },
  // Baja California's summer time of 1953.
  { name: "2025c", zone: "America/Tijuana", at: "1953-07-01T00:00Z", offset: "-07:00" },
  // A zone of its own for Aysén.
  { name: "2025b", zone: "America/Coyhaique", at: "2025-07-01T00:00Z", offset: "-03:00" },
  // Paraguay keeps summer time.
  { name: "2025a", zone: "America/Asuncion", at: "2025-07-01T00:00Z", offset: "-03:00" },
  // Choibalsan is Ulaanbaatar.
  { name: "2024b", zone: "Asia/Choibalsan", at: "2000-01-01T00:00Z", offset: "+08:00" },
  // Kazakhstan has one zone.
  { name: "2024a", zone: "Asia/Almaty", at: "2024-07-01T00:00Z", offset: "+05:00" },
];

/**
 * The version of the zone data that the runtime has. It does not say it: it is the newest release that we know of and
 * whose change is there, so that data newer than this list has the name of the list's newest.
 */
export function zoneDataVersion(): string {
  return releases.find(isThere)?.name ?? "unknown";
}

function isThere({ zone, at, offset }: Release): boolean {
  try {
    return Temporal.Instant.from(at).toZonedDateTimeISO(zone).offset === offset;
  } catch (error) {
    if (error instanceof RangeError) return false; // no such zone
    throw error;
  }
}
