/**
 * `node scripts/bun.mjs bench/eta/fit.ts [rows.json]`: fits the network of `travel/prediction-rules.ts` to generated
 * journeys and writes `prediction-weights.ts`. It learns from seeds 10000–12199 and 13000–15199, the best of a few beginnings is chosen
 * on 20000–20767, and neither are the seeds that tests and documents judge by (0–255, 5000–5255). Rows are kept in the
 * file named, where one is, since making them takes minutes.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Dice } from "../../packages/server/test/support/simulation/dice.ts";
import { fit, freshNetwork, type Network, run, type Sample, samplesOf } from "./network.ts";
import { type Row, rowsOf } from "./rows.ts";

const size = 6;
const starts = Number(process.env["STARTS"] ?? 2);
const rounds = Number(process.env["ROUNDS"] ?? 110);
const names =
  "left path1 path3 path8 closed1 closed3 closed8 speed towards said top walk cycle rode stands gap fast".split(
    " ",
  );
const to = new URL("../../packages/server/src/travel/prediction-weights.ts", import.meta.url);

const head = `/** Written by \`bench/eta/fit.ts\`, in the order of \`inputsOf\`: fitted to generated journeys, not to people. */

/** What is fed in, as it was spread over the journeys that it was fitted to. */
export interface Input {
  name: string;
  mean: number;
  deviation: number;
}

export interface Hidden {
  weights: readonly number[];
  bias: number;
  out: number;
}
`;

const [learn, choose] = rows(process.argv[2]);
const scale = names.map((_, i) => spread(learn.map(({ inputs }) => inputs[i] ?? 0)));
const samples = samplesOf(learn, scale);
const judged = samplesOf(choose, scale);
let best: { network: Network; error: number } | null = null;
for (let start = 1; start <= starts; start++) {
  const dice = new Dice(start);
  const network = freshNetwork(dice, size, names.length);
  fit(network, samples, dice, rounds);
  const error = errorOf(network, judged);
  console.log(`start ${start}: learned ${errorOf(network, samples).toFixed(4)}, others ${error.toFixed(4)}`);
  if (best === null || error < best.error) best = { network, error };
}
if (best !== null) writeFileSync(to, written(best.network));

function rows(file: string | undefined): [Row[], Row[]] {
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const made: [Row[], Row[]] = [[...rowsOf(10_000, 2_200), ...rowsOf(13_000, 2_200)], rowsOf(20_000, 768)];
  if (file !== undefined) writeFileSync(file, JSON.stringify(made));
  return made;
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) + 1e-6 };
}

/** Median over journeys of the median relative error of their last ten minutes: what the evaluation judges by. */
function errorOf(network: Network, of: readonly Sample[]): number {
  const errors = new Map<number, number[]>();
  for (const sample of of) {
    const { leftS, seed } = sample.row;
    if (leftS > 600) continue;
    const error = Math.abs(run(network, sample) - leftS) / Math.max(60, leftS);
    errors.set(seed, [...(errors.get(seed) ?? []), error]);
  }
  return median([...errors.values()].map(median));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function written({ width, values }: Network): string {
  const rounded = (value: number | undefined) => Number((value ?? 0).toFixed(4));
  const part = (from: number, count: number) => Array.from(values.slice(from, from + count), rounded);
  const inputs = names.map((name, i) => {
    const { mean, deviation } = scale[i] ?? { mean: 0, deviation: 1 };
    return { name, mean: rounded(mean), deviation: rounded(deviation) };
  });
  const hidden = Array.from({ length: size }, (_, unit) => ({
    weights: part(unit * width, width),
    bias: rounded(values[size * width + unit]),
    out: rounded(values[size * (width + 1) + unit]),
  }));
  const outer = { bias: rounded(values.at(-1)), direct: part(size * (width + 2), width) };
  return `${head}
export const inputs: readonly Input[] = ${JSON.stringify(inputs)};

export const hidden: readonly Hidden[] = ${JSON.stringify(hidden)};

export const outer: { bias: number; direct: readonly number[] } = ${JSON.stringify(outer)};
`;
}
