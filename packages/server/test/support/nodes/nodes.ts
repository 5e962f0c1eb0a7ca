import { RedisBus, type RedisBusOptions } from "../../../src/bus/redis-bus.ts";
import type { BusMessage } from "../../../src/bus/bus.ts";
import type { Database } from "../../../src/db/database.ts";
import { type BusTarget, parseBusUrl } from "../../../src/lib/bus-target.ts";
import { secureRandom } from "../../../src/lib/ids.ts";
import { movedClock } from "../clock.ts";
import { createWorld, type World } from "../world.ts";
import type { Broker } from "./broker.ts";
import { until } from "./until.ts";

export interface Node {
  readonly world: World;
  readonly bus: RedisBus;
  /** All that was heard on this node since it began. */
  readonly heard: BusMessage[];
}

export interface Nodes extends AsyncDisposable {
  readonly a: Node;
  readonly b: Node;
  /** Both have heard what was said until now. */
  settled(): Promise<void>;
  /** Moves the clock of both, in steps, until something is so. */
  advanceUntil(isSo: () => boolean, stepMs?: number): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Two servers over one open store, each with its own memory, and a bus between them. */
export async function twoNodes(broker: Broker | BusTarget, options: RedisBusOptions = {}): Promise<Nodes> {
  const clock = movedClock();
  const given = "open" in broker ? { ...options, open: broker.open } : options;
  const target = "open" in broker ? parseBusUrl("redis://localhost") : broker;
  if (target === null) throw new Error("no target");
  const open = () =>
    new RedisBus(target, { log: silent, random: secureRandom(clock) }, { retryMs: 20, ...given });
  const [busA, busB] = [open(), open()];
  const worldA = await createWorld({ clock, overrides: { bus: busA } });
  const worldB = await createWorld({ clock, overrides: { bus: busB, db: shared(worldA.server.ctx.db) } });
  const [a, b] = [nodeOf(worldA, busA), nodeOf(worldB, busB)];
  const nodes: Nodes = {
    a,
    b,
    async settled() {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const mark = crypto.randomUUID();
        from.bus.publish({ type: "signed_out", user: mark as never, session: mark }); // nobody's id
        await until(() =>
          to.heard.some((message) => message.type === "signed_out" && message.session === mark),
        );
      }
    },
    async advanceUntil(isSo, stepMs = 500) {
      await until(() => {
        if (isSo()) return true;
        clock.advance(stepMs);
        return false;
      });
    },
    async [Symbol.asyncDispose]() {
      await worldB[Symbol.asyncDispose]();
      await worldA[Symbol.asyncDispose]();
    },
  };
  await until(() => busA.health() === "connected" && busB.health() === "connected");
  return nodes;
}

function nodeOf(world: World, bus: RedisBus): Node {
  const heard: BusMessage[] = [];
  bus.subscribe((message) => void heard.push(message));
  return { world, bus, heard };
}

/** The same store, which its owner closes. */
function shared(db: Database): Database {
  return Object.create(db, { close: { value: () => Promise.resolve() } }) as Database; // the same but for one method
}
