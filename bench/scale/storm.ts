import { backoffMs } from "../../packages/sdk/src/backoff.ts";
import { comeBackMs, returnsPerSecond } from "../../packages/server/src/realtime/come-back.ts";
import { greetings } from "../../packages/server/src/realtime/hub.ts";
import { constants } from "../capacity/constants.ts";
import { Dice } from "../../packages/server/test/support/simulation/dice.ts";
import { Core, EventQueue, percentile } from "./queue.ts";

export interface Storm {
  readonly seed: number;
  readonly nodes: number;
  readonly socketsPerNode: number;
  readonly entriesBehind: number;
  /** Of each core, by what goes on meanwhile. */
  readonly busyShare: number;
  /** Whether clients come back as the SDK does, or all in the same instant, as the benchmark's do. */
  readonly isAtOnce?: boolean;
  /** How many nodes die; none, where those who come were never there. */
  readonly dead?: number;
}

/** Of a reconnect's CPU, what comes before its greeting: fitted to the median of the run in `storm.test.ts`. */
const handshakeShare = 0.6;

/** At three quarters of the queue handshakes are refused. */
const crowd = (greetings.waiting * 3) / 4;

export interface StormFound {
  readonly sockets: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  readonly refused: number;
  /** Of those who waited at one node for their greeting. */
  readonly longestQueue: number;
  readonly nodeCpuMs: number;
}

class Node {
  readonly core: Core;
  active = 0;
  arriving = 0;
  readonly waiting: (() => void)[] = [];

  constructor(core: Core) {
    this.core = core;
  }
}

/** A node's death: its connections come back to the others. Greeting, waiting and refusing are as in `realtime/`. */
export function simulateStorm(storm: Storm): StormFound {
  const { dead = 1, nodes: count, socketsPerNode } = storm;
  const queue = new EventQueue();
  const dice = new Dice(storm.seed);
  const chance = { id: String, token: String, fraction: () => dice.fraction() };
  const nodes = Array.from(
    { length: Math.max(1, count - dead) },
    () => new Node(new Core(queue, storm.busyShare)),
  );
  const reconnectMs =
    (constants.reconnect.value + storm.entriesBehind * constants.replayedEntry.value) / 1_000;
  const back: number[] = [];
  let [refused, longestQueue] = [0, 0];

  const greet = (node: Node): void => {
    node.active++;
    queue.at(node.core.take(reconnectMs * (1 - handshakeShare)), () => {
      back.push(queue.nowMs);
      node.active--;
      node.waiting.shift()?.();
    });
  };
  const arrive = (attempt: number): void => {
    const node = nodes[Math.floor(dice.fraction() * nodes.length)];
    if (node === undefined) throw new Error("some node is left");
    // Whoever comes to a crowd is refused at the handshake, which costs no more than the least of calls.
    if (node.arriving + node.waiting.length >= crowd) {
      queue.at(node.core.take(constants.query.value / 1_000), () => refuse(node, attempt));
      return;
    }
    node.arriving++;
    queue.at(node.core.take(reconnectMs * handshakeShare), () => {
      node.arriving--;
      enter(node);
    });
  };
  const enter = (node: Node): void => {
    if (node.active < greetings.atOnce) return greet(node);
    node.waiting.push(() => greet(node));
    longestQueue = Math.max(longestQueue, node.waiting.length);
  };
  const refuse = (node: Node, attempt: number): void => {
    refused++;
    const hintMs = comeBackMs(chance, node.waiting.length, returnsPerSecond.overload);
    // Who hears the hint keeps to it; half do not hear it (browsers) and double their own.
    const delayMs = dice.fraction() < 0.5 ? hintMs : backoffMs(attempt, dice.fraction());
    queue.after(delayMs, () => arrive(attempt + 1));
  };
  const sockets = socketsPerNode * Math.max(1, dead);
  for (let i = 0; i < sockets; i++)
    queue.at(storm.isAtOnce === true ? 0 : backoffMs(0, dice.fraction()), () => arrive(1));
  queue.run();
  return {
    sockets,
    p50Ms: percentile(back, 0.5),
    p99Ms: percentile(back, 0.99),
    lastMs: back.at(-1) ?? Number.NaN,
    refused,
    longestQueue,
    nodeCpuMs: nodes.reduce((sum, { core }) => sum + core.workedMs, 0) / nodes.length,
  };
}
