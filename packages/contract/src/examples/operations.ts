import type { operations } from "../operations.ts";
import type { ExamplesOf } from "../example.ts";

export const operationsExamples: ExamplesOf<typeof operations> = {
  health: { request: {}, response: { status: "ok", version: "0.1.0", time_zones: "2026a" } },
  ready: { request: {}, response: { status: "ready" } },
};
