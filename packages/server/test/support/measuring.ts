import type { TestSocket } from "./socket.ts";

export function p99(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

/** Asks again and again until told to stop, and gives the times that it took. */
export function measure(ask: (turn: number) => Promise<unknown>): { stop(): Promise<number[]> } {
  const times: number[] = [];
  const stopping = new AbortController();
  const done = (async () => {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      const askedMs = performance.now();
      await ask(turn);
      times.push(performance.now() - askedMs);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
      return times;
    },
  };
}

export async function answered(socket: TestSocket, ref: string): Promise<void> {
  socket.send({ type: "ping", ref });
  await socket.next("pong", (frame) => frame.ref === ref);
}
