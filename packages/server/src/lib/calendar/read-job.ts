import type { ReadOutcome, ReadRequest } from "./work.ts";

export function readJob(_request: ReadRequest): ReadOutcome {
  return { fault: "not_a_calendar" };
}
