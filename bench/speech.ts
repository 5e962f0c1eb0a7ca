import type { EventId } from "@jarvis/contract";

export interface Talker {
  readonly chat: EventId;
  readonly socket: WebSocket;
}

const padding = " on my way".repeat(90);

/** Messages of 1 KiB at a steady rate, whatever becomes of them, each with the time at which it was sent. */
export function speakFor(ms: number, perSecond: number, talkers: readonly Talker[]): Promise<void> {
  const beganMs = performance.now();
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - beganMs;
      for (; sent < (Math.min(elapsed, ms) * perSecond) / 1_000; sent++) {
        const talker = talkers[sent % talkers.length];
        if (talker !== undefined) speak(talker);
      }
      // The last ones are still on their way.
      if (elapsed < ms + 300) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
}

let count = 0;

function speak({ chat, socket }: Talker): void {
  const now = performance.now();
  const message = { type: "send", chat, client_id: `${now}-${count++}`, text: `@${now}@${padding}` };
  socket.send(JSON.stringify(message));
}

/** How long messages took to their readers, and their acknowledgements to their writers. */
export class Heard {
  /** Connections that were closed. */
  closed = 0;
  errors = 0;
  delivered = 0;
  acknowledged = 0;
  #entryMs: number[] = [];
  #ackMs: number[] = [];

  begin(): void {
    this.#entryMs = [];
    this.#ackMs = [];
  }

  listen(socket: WebSocket): void {
    socket.onclose = () => void this.closed++;
    socket.onmessage = ({ data }) => this.#read(String(data));
  }

  #read(text: string): void {
    const now = performance.now();
    if (text.startsWith('{"type":"ack"')) {
      this.acknowledged++;
      this.#ackMs.push(now - Number(/"client_id":"([\d.]+)-/.exec(text)?.[1]));
    } else if (text.startsWith('{"type":"error"')) this.errors++;
    else if (text.startsWith('{"type":"entry"')) {
      const sentMs = /"text":"@([\d.]+)@/.exec(text)?.[1];
      if (sentMs === undefined) return;
      this.delivered++;
      this.#entryMs.push(now - Number(sentMs));
    }
  }

  get entryP99(): number {
    return p99(this.#entryMs);
  }

  get ackP99(): number {
    return p99(this.#ackMs);
  }
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}
