import { z } from "zod";
import { anybody } from "./access.ts";
import { endpoint } from "./endpoint.ts";

export const operations = {
  health: endpoint({
    method: "GET",
    path: "/health",
    summary: "Alive",
    auth: "none",
    access: anybody,
    response: z.object({
      status: z.literal("ok"),
      version: z.string(),
      /** The release of the IANA's zone data by which the server tells local times. */
      time_zones: z.string(),
    }),
    errors: [],
  }),
  ready: endpoint({
    method: "GET",
    path: "/ready",
    summary: "Ready for traffic: store reachable, migrations done, not draining",
    auth: "none",
    access: anybody,
    response: z.object({
      status: z.literal("ready"),
      /** What is missing without which it serves on, slower: `bus`, while other nodes cannot be heard. */
      degraded: z.array(z.string()).optional(),
    }),
    errors: [],
  }),
} as const;
