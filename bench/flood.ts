import { closeCodeIn, openRaw, textFrame } from "../packages/server/test/support/raw-websocket.ts";
import type { RawConnection } from "../packages/server/test/support/raw.ts";

export interface Flood {
  end(): Promise<{ cut: number; frames: number }>;
}

const framesAtOnce = 400;
/** Between being cut and being back. */
const pauseMs = 20;

/** Every kind of frame in turn, broken ones too, as fast as they are taken; when it is cut it comes back and goes on. */
export function flood(url: string, token: string, event: string): Flood {
  const found = { cut: 0, frames: 0 };
  const bytes = encoded(token, event);
  const over = new AbortController();
  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      using connection = await openRaw(url);
      connection.send(bytes);
      found.frames += framesAtOnce;
      await isCut(connection);
      if (closeCodeIn(connection) === 4429) found.cut++;
      await Bun.sleep(pauseMs);
    }
  }
  const running = run();
  return {
    async end() {
      over.abort();
      await running;
      return found;
    },
  };
}

function isCut(connection: RawConnection): Promise<boolean> {
  return connection.until((each) => closeCodeIn(each) !== null);
}

/** Made once, so that the load costs little beside what is measured. */
function encoded(token: string, event: string): Buffer {
  const kinds = [
    { type: "send", chat: event, client_id: "flood", text: "x".repeat(1_000) },
    { type: "read", chat: event, seq: 1 },
    { type: "typing", chat: event },
    { type: "watch", event },
    { type: "unwatch", event },
    { type: "location", latitude: "49.2", longitude: "-123.1", event },
    { type: "resume", streams: { [`event:${event}`]: 0, "event:none": 3 } },
    { type: "nonsense", ref: 1 },
    { type: "ping", ref: 2 },
  ];
  const frames = Array.from({ length: framesAtOnce }, (_, i) => textFrame(kinds[i % kinds.length] ?? {}));
  return Buffer.concat([textFrame({ type: "hello", token }), ...frames]);
}
