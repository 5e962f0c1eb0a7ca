import { fixInput } from "@jarvis/contract";
import type { Read, Sent } from "../../../src/lib/trackers/types.ts";

const codes = new Set([
  "no_position",
  "out_of_range",
  "null_island",
  "future",
  "unreadable",
  "encrypted",
  "too_many",
]);

/** What is wrong with how a request was read; nothing, if all is well. Independent of how the readers check. */
export function faultsOf(read: (sent: Sent, now: number) => Read, sent: Sent, now: number): string[] {
  const faults: string[] = [];
  const begun = performance.now();
  let result: Read;
  try {
    result = read(sent, now);
  } catch (error) {
    return [`threw ${String(error)}`];
  }
  if (performance.now() - begun > 2_000) faults.push("took more than two seconds");
  if (result.points.length > 1_000) faults.push(`${result.points.length} points`);
  for (const point of result.points) {
    if (!fixInput.strict().safeParse(point).success) faults.push(`not a fix: ${JSON.stringify(point)}`);
    if (point.latitude === 0 && point.longitude === 0) faults.push("null island");
    if ((point.at ?? 0) * 1000 > now + 60_000) faults.push(`in the future: ${point.at}`);
    if (Object.values(point).some((value) => !Number.isFinite(value) || Object.is(value, -0)))
      faults.push("no number");
  }
  for (const { code, count } of result.dropped) {
    if (!codes.has(code) || !Number.isInteger(count) || count < 1) faults.push(`dropped ${code} ${count}`);
  }
  return [...faults, ...arrivalFaults(result, now)];
}

function arrivalFaults({ arrival }: Read, now: number): string[] {
  const texts = [arrival?.region, arrival?.regionId].filter((text) => typeof text === "string");
  const faults = texts
    .filter((text) => !text.isWellFormed() || text.length > 200)
    .map((text) => `text ${text}`);
  const at = arrival?.at ?? 0;
  return at >= 0 && at * 1000 <= now + 60_000 ? faults : [...faults, `arrived at ${at}`];
}
