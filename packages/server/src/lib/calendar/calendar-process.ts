import { setPriority } from "node:os";
import { expandJob } from "./expand-job.ts";
import { readJob } from "./read-job.ts";
import type { Job, Said } from "./work.ts";

// A process of its own, started by `Calendars` alone: what somebody else wrote into a calendar must not hold the server up.

process.umask(0o077);
setPriority(5); // messages come first

function done(job: Job): Said {
  if (job.kind === "expand") return { kind: "expand", outcome: expandJob(job.request) };
  return { kind: "read", outcome: readJob(job.request) };
}

process.on("disconnect", () => process.exit(0));
process.on("message", (job: Job) => process.send?.(done(job)));
process.send?.({ kind: "ready" } satisfies Said);
