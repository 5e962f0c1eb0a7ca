import { Dice } from "../../packages/server/test/support/simulation/dice.ts";
import { constants } from "../capacity/constants.ts";
import { Core, EventQueue, percentile } from "./queue.ts";

export interface HotEvent {
  readonly seed: number;
  readonly people: number;
  readonly nodes: number;
  readonly sendsPerSecond: number;
  readonly seconds: number;
  readonly busyShare: number;
}

export interface HotEventFound {
  readonly deliveriesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What a node had not delivered yet, in milliseconds of its CPU: in the middle of the time, and at its end. */
  readonly backlogHalfMs: number;
  readonly backlogEndMs: number;
  /** Of one core. */
  readonly nodeShare: number;
}

/** One event whose people are spread over all nodes: each send reaches all nodes, and from each all who are there. */
export function simulateHotEvent(event: HotEvent): HotEventFound {
  const { people, nodes: count, seconds } = event;
  const queue = new EventQueue();
  const dice = new Dice(event.seed);
  const nodes = Array.from({ length: count }, () => new Core(queue, event.busyShare));
  const here = people / count;
  const delays: number[] = [];
  const deliver = (node: Core): void => {
    const beganMs = queue.nowMs;
    const cost = constants.busHear.value + here * costOfDelivery(node);
    const doneMs = node.take(cost / 1_000);
    // The first of a node has it when the last send is done with, the last when this one is.
    const firstMs = doneMs - (here * costOfDelivery(node)) / 1_000;
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9])
      delays.push(Math.max(firstMs, beganMs) - beganMs + share * (doneMs - Math.max(firstMs, beganMs)));
  };
  for (let atMs = gapMs(); atMs < seconds * 1_000; atMs += gapMs())
    queue.at(atMs, () => {
      const author = nodes[Math.floor(dice.fraction() * count)];
      if (author === undefined) throw new Error("there is a node");
      const storedMs = author.take((constants.sendPostgres.value + constants.busPublish.value) / 1_000);
      for (const node of nodes) queue.at(storedMs, () => deliver(node));
    });
  const backlog = { half: 0, end: 0 };
  const worst = (): number => Math.max(...nodes.map(({ backlogMs }) => backlogMs));
  queue.at(seconds * 500, () => {
    backlog.half = worst();
  });
  queue.at(seconds * 1_000, () => {
    backlog.end = worst();
  });
  queue.run();
  delays.sort((a, b) => a - b);
  return {
    deliveriesPerSecond: event.sendsPerSecond * people,
    p50Ms: percentile(delays, 0.5),
    p99Ms: percentile(delays, 0.99),
    backlogHalfMs: backlog.half,
    backlogEndMs: backlog.end,
    nodeShare: nodes.reduce((sum, { workedMs }) => sum + workedMs, 0) / count / (seconds * 1_000),
  };

  /** Times between sends of many who know nothing of each other. */
  function gapMs(): number {
    return (-Math.log(1 - dice.fraction()) / event.sendsPerSecond) * 1_000;
  }
}

/** What waits is delivered in bursts, which cost less each. */
function costOfDelivery(node: Core): number {
  return node.backlogMs > 0 ? constants.deliveryBurst.value : constants.delivery.value;
}
