import { limits } from "@jarvis/contract";
import { systemClock } from "../lib/clock.ts";

const mostMs = 800;
const mostBytes = 2 * limits.photoBytes;

/**
 * Reads on what a refused request still sends, for a moment. Whoever is answered in the middle of a large body is
 * otherwise cut off, and the answer may be lost with what they had sent. Of the system's clock, as all that waits for
 * the network here.
 */
export async function discardBody(request: Request): Promise<void> {
  if (!isLarge(request) || request.body === null || request.body.locked) return;
  const reader = request.body.getReader();
  // A reader that is cancelled is done.
  const timer = systemClock.schedule(mostMs, () => void reader.cancel());
  try {
    for (let bytes = 0; bytes < mostBytes; ) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
    }
  } catch {
    // The client went away: nobody waits for the answer.
  } finally {
    timer.cancel();
  }
}

/** A small body came with the head of its request. One that will be endless is not waited for. */
function isLarge({ headers }: Request): boolean {
  const declared = headers.get("content-length");
  if (declared === null) return headers.has("transfer-encoding");
  return Number(declared) > limits.bodyBytes && Number(declared) <= mostBytes;
}
