/** Times of two ways through the server, taken in turns, so that whatever slows the machine slows both. */
export interface Timing {
  firstMs: number;
  secondMs: number;
  /** How far apart two medians of one and the same way lie by chance. */
  noiseMs: number;
}

export async function compareTimes(
  tries: number,
  first: (index: number) => Promise<unknown>,
  second: (index: number) => Promise<unknown>,
): Promise<Timing> {
  const times: [number[], number[]] = [[], []];
  for (let index = 0; index < tries; index++) {
    // Which comes first changes, so that neither always finds what the other has just warmed up.
    const order = index % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const way of order) {
      const began = performance.now();
      await (way === 0 ? first : second)(index);
      times[way].push(performance.now() - began);
    }
  }
  const [one, other] = times;
  return {
    firstMs: median(one),
    secondMs: median(other),
    noiseMs: Math.max(noiseOf(one), noiseOf(other)),
  };
}

/** What nobody outside of the process can tell apart, even on this machine. */
const resolutionMs = 0.01;

/** Whether they differ by no more than a twentieth, or than chance makes them where the machine is busy with other things. */
export function isAlike({ firstMs, secondMs, noiseMs }: Timing): boolean {
  const greaterMs = Math.max(firstMs, secondMs);
  // However noisy, half of the time is not noise.
  const chanceMs = Math.min(noiseMs, greaterMs / 2);
  return Math.abs(firstMs - secondMs) <= Math.max(greaterMs / 20, chanceMs, resolutionMs);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const blocks = 10;

/** The spread of the medians of ten stretches of the run, as the whole's median has it: its standard error, threefold. */
function noiseOf(values: readonly number[]): number {
  const size = Math.floor(values.length / blocks);
  const medians = Array.from({ length: blocks }, (_, block) =>
    median(values.slice(block * size, (block + 1) * size)),
  );
  const mean = medians.reduce((sum, value) => sum + value, 0) / blocks;
  const variance = medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (blocks - 1);
  return 3 * Math.sqrt(variance / blocks);
}
