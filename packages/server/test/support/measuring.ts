import { readFileSync } from "node:fs";
import { type BurstCall, startBurst } from "./burst.ts";
import { connect, type TestSocket } from "./socket.ts";

interface Bystander {
  readonly server: { readonly url: string; readonly pid: number };
  readonly user: { readonly token: string };
  /** Where the user writes meanwhile. */
  readonly chat: string;
}

/**
 * The 99th percentile of what the server did while somebody waited who has nothing to do with the work: milliseconds of
 * the processor in the thread of its event loop, which are the same on a busy machine.
 */
interface Waits {
  readonly ackMs: number;
  readonly pongMs: number;
}

/** What expensive work may let others wait: a durable message, and an answer that costs nothing. */
const bearable: Waits = { ackMs: 100, pongMs: 50 };
const rounds = 6;

/**
 * What others wait while these calls are made at once, three times in a row: the best of up to six rounds, of which the
 * first that is bearable is the last. Expensive work holds others up in each of them, a busy machine does not.
 */
export async function waitsBeside(
  calls: readonly BurstCall[],
  { server, user, chat }: Bystander,
): Promise<Waits & { readonly statuses: readonly number[] }> {
  await using writer = await connect(server.url, user);
  await using listener = await connect(server.url, user);
  await using burst = await startBurst();
  const best = { ackMs: Number.POSITIVE_INFINITY, pongMs: Number.POSITIVE_INFINITY };
  const statuses: number[] = [];
  for (let round = 0; round < rounds && !isBearable(best); round++) {
    const acks = measure(server.pid, (turn) => acknowledged(writer, chat, `${round}-${turn}`));
    const pongs = measure(server.pid, (turn) => answered(listener, `${round}-${turn}`));
    statuses.push(...(await burst.run(calls, 3)));
    best.ackMs = Math.min(best.ackMs, p99(await acks.stop()));
    best.pongMs = Math.min(best.pongMs, p99(await pongs.stop()));
  }
  return { ...best, statuses };
}

export function isBearable({ ackMs, pongMs }: Waits): boolean {
  return ackMs < bearable.ackMs && pongMs < bearable.pongMs;
}

function p99(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

/** Asks again and again until told to stop, and gives what the server did for each answer. */
function measure(pid: number, ask: (turn: number) => Promise<unknown>): { stop(): Promise<number[]> } {
  const times: number[] = [];
  const stopping = new AbortController();
  const done = (async () => {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      const beforeMs = loopMs(pid);
      await ask(turn);
      times.push(loopMs(pid) - beforeMs);
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

function loopMs(pid: number): number {
  const [ranNs = ""] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(ranNs) / 1e6;
}

async function acknowledged(socket: TestSocket, chat: string, id: string): Promise<void> {
  socket.send({ type: "send", chat, client_id: id, text: "on my way" });
  await socket.next("ack", ({ client_id }) => client_id === id);
}

async function answered(socket: TestSocket, ref: string): Promise<void> {
  socket.send({ type: "ping", ref });
  await socket.next("pong", (frame) => frame.ref === ref);
}
