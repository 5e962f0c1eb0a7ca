import { measure } from "../rounds.ts";
import { attempt, type Entrant, inRooms } from "./field.ts";
import { bursts, inFlight, oneAtATime } from "./scenarios.ts";

export interface Extent {
  readonly rounds: number;
  readonly listeners: number;
  /** About how long one peer's part of a round takes. */
  readonly roundMs: number;
}

const burst = 10;
export const window = 64;

/** Compilers need about this many operations before they have done their work. */
const warmOperations = 100_000;
export const warmRounds = 6;

/** All that compile while they run have done so before anything is measured; who is slow is warmed for so long at most. */
export function warmUp(entrants: readonly Entrant[], { roundMs }: Extent): Promise<void> {
  return inRooms(entrants, 1, async (rooms) => {
    for (const [entrant, room] of rooms) {
      await attempt(entrant, async () => {
        const end = performance.now() + warmRounds * roundMs;
        for (let done = 0; done < warmOperations && performance.now() < end; done += window)
          await bursts(room, 1, window, window);
      });
    }
    console.error("warmed up");
  });
}

/** CPU per delivery, one at a time and in bursts: rounds alternate between the peers. */
export function measureDeliveries(entrants: readonly Entrant[], extent: Extent): Promise<void> {
  const { rounds, listeners, roundMs } = extent;
  return inRooms(entrants, listeners, async (rooms) => {
    const counts = new Map<Entrant, { alone: number; bursts: number }>();
    for (const [entrant, room] of rooms) {
      await attempt(entrant, async () => {
        const alone = await countFor(roundMs, (count) => oneAtATime(room, listeners, count));
        const inBursts = await countFor(roundMs, (count) => bursts(room, listeners, count, burst));
        counts.set(entrant, { alone, bursts: inBursts });
      });
    }
    for (let round = 0; round < rounds; round++) {
      for (const [entrant, room] of rooms) {
        const count = counts.get(entrant) ?? { alone: 0, bursts: 0 };
        await attempt(entrant, async (peer) => {
          const alone = () => oneAtATime(room, listeners, count.alone);
          const inBursts = () => bursts(room, listeners, count.bursts, burst);
          entrant.alone.push(await measure(peer, count.alone * listeners, alone));
          entrant.bursts.push(await measure(peer, count.bursts * listeners, inBursts));
        });
      }
      console.error(`deliveries: round ${round + 1} of ${rounds}`);
    }
  });
}

/** Sends of one person to a chat that nobody else hears, so many unacknowledged at any time. */
export function measureSends(
  entrants: readonly Entrant[],
  { rounds, roundMs }: Extent,
  besides: () => Promise<void>,
): Promise<void> {
  const taking = entrants.filter(({ kind }) => kind.acknowledges);
  return inRooms(taking, 1, async (rooms) => {
    const counts = new Map<Entrant, number>();
    for (const [entrant, room] of rooms) {
      await attempt(entrant, async () => {
        counts.set(entrant, await countFor(roundMs, (count) => inFlight(room, count, window)));
      });
    }
    for (let round = 0; round < rounds; round++) {
      await besides();
      for (const [entrant, room] of rooms) {
        const count = counts.get(entrant) ?? 0;
        await attempt(entrant, async (peer) => {
          entrant.sends.push(await measure(peer, count, () => inFlight(room, count, window)));
        });
      }
      console.error(`sends: round ${round + 1} of ${rounds}`);
    }
  });
}

/** Warms a peer up, and finds out how many operations, a multiple of ten, take it so long. */
export async function countFor(roundMs: number, run: (count: number) => Promise<void>): Promise<number> {
  for (let count = 20; ; count *= 2) {
    const before = performance.now();
    await run(count);
    const tookMs = performance.now() - before;
    if (tookMs >= roundMs / 2) return Math.max(20, Math.round((count * roundMs) / tookMs / 10) * 10);
  }
}
