import { heapStats } from "bun:jsc";
import { serve } from "../../packages/server/src/main.ts";

/** What lives in the server once everything that nobody holds has been collected. */
export interface Heap {
  readonly bytes: number;
  readonly kinds: Record<string, number>;
}

/** Tells it to whoever may open this file. */
const socket = process.env["SOAK_HEAP_SOCKET"];
if (socket === undefined) throw new Error("SOAK_HEAP_SOCKET names no file");

Bun.serve({
  unix: socket,
  fetch() {
    Bun.gc(true);
    const { heapSize, objectTypeCounts } = heapStats();
    const heap: Heap = { bytes: heapSize, kinds: objectTypeCounts };
    return Response.json(heap);
  },
});

process.exit(await serve(process.env));
