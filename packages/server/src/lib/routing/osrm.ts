import type { Question, RouteMode, RoutePoint, RoutingTarget } from "./question.ts";

/** OSRM's `table` service: `durations[source][destination]`, null for what cannot be reached. */
export function osrmTable(
  { base, profiles }: RoutingTarget,
  mode: RouteMode,
  sources: readonly RoutePoint[],
  place: RoutePoint,
): Question {
  const points = [...sources, place].map(
    ({ latitude, longitude }) => `${toText(longitude)},${toText(latitude)}`,
  );
  const from = sources.map((_, index) => index).join(";");
  const path = `${base}/table/v1/${encodeURIComponent(profiles[mode])}/${points.join(";")}`;
  const url = `${path}?sources=${from}&destinations=${sources.length}`;
  return { url, body: null, read };
}

function toText(degrees: number): string {
  return degrees.toFixed(5);
}

function read(answer: unknown): (number | null)[] {
  const { code, durations } = (answer ?? {}) as { code?: unknown; durations?: unknown }; // looked at below
  if (code !== "Ok" || !Array.isArray(durations)) throw new Error("the router has no table");
  return durations.map((row: unknown) => {
    const first: unknown = Array.isArray(row) ? row[0] : null;
    return typeof first === "number" ? first : null;
  });
}
