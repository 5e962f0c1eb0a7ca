import type { Question, RouteMode, RoutePoint, RoutingTarget } from "./question.ts";

/** Valhalla's `sources_to_targets`: a row for each source, `time` null for what cannot be reached. */
export function valhallaTable(
  { base, profiles }: RoutingTarget,
  mode: RouteMode,
  sources: readonly RoutePoint[],
  place: RoutePoint,
): Question {
  const body = JSON.stringify({
    sources: sources.map(toLocation),
    targets: [toLocation(place)],
    costing: profiles[mode],
  });
  return { url: `${base}/sources_to_targets`, body, read };
}

function toLocation({ latitude, longitude }: RoutePoint): { lat: number; lon: number } {
  return { lat: Number(latitude.toFixed(5)), lon: Number(longitude.toFixed(5)) };
}

function read(answer: unknown): (number | null)[] {
  const { sources_to_targets: rows } = (answer ?? {}) as { sources_to_targets?: unknown }; // looked at below
  if (!Array.isArray(rows)) throw new Error("the router has no table");
  return rows.map((row: unknown) => {
    const first: unknown = Array.isArray(row) ? row[0] : null;
    const { time } = (first ?? {}) as { time?: unknown }; // looked at in the next line
    return typeof time === "number" ? time : null;
  });
}
