import { Dice } from "../../packages/server/test/support/simulation/dice.ts";
import type { Row } from "./rows.ts";

/** One layer of tanh and a straight way beside it: what comes out is the logarithm of the seconds left. */
export interface Network {
  size: number;
  width: number;
  /** `width` weights for each of `size` units, their biases, what each puts out, what goes straight through, the bias. */
  values: Float64Array;
}

export interface Sample {
  inputs: Float64Array;
  row: Row;
  weight: number;
}

const leastDirect = 0.25;
/** A way off by this share counts half: hopeless journeys shall not bend the others. */
const halfOff = 0.6;
/** Far from the end matters less. */
const lastS = 600;
const farWeight = 0.2;

export function freshNetwork(dice: Dice, size: number, width: number): Network {
  const values = new Float64Array(size * width + 2 * size + width + 1);
  for (let i = 0; i < size * (width + 1); i++) values[i] = 0.6 * normal(dice);
  for (let i = size * (width + 1); i < size * (width + 2); i++) values[i] = Math.abs(0.3 * normal(dice));
  values[size * (width + 2)] = 0.8;
  values[values.length - 1] = Math.log(200);
  return bounded({ size, width, values });
}

function normal(dice: Dice): number {
  return Math.sqrt(-2 * Math.log(1 - dice.fraction())) * Math.cos(2 * Math.PI * dice.fraction());
}

/** Monotone in the first input, the distance left: see `prediction-rules.ts`. */
export function bounded(network: Network): Network {
  const { size, width, values } = network;
  const outs = size * (width + 1);
  for (let unit = 0; unit < size; unit++) {
    values[unit * width] = Math.max(0, values[unit * width] ?? 0);
    values[outs + unit] = Math.max(0, values[outs + unit] ?? 0);
  }
  values[outs + size] = Math.max(leastDirect, values[outs + size] ?? 0);
  return network;
}

export function samplesOf(rows: readonly Row[], scale: { mean: number; deviation: number }[]): Sample[] {
  const counts = new Map<number, number>();
  for (const { seed } of rows) counts.set(seed, (counts.get(seed) ?? 0) + 1);
  const samples = rows.map((row) => ({
    inputs: Float64Array.from(row.inputs, (value, i) => {
      const { mean = 0, deviation = 1 } = scale[i] ?? {};
      return (value - mean) / deviation;
    }),
    row,
    weight: (row.leftS <= lastS ? 1 : farWeight) / (counts.get(row.seed) ?? 1),
  }));
  const mean = samples.reduce((sum, { weight }) => sum + weight, 0) / samples.length;
  for (const sample of samples) sample.weight /= mean;
  return samples;
}

/** The seconds said of a sample; adds what its error pulls at each value to `pull`, where one is given. */
export function run({ size, width, values: v }: Network, sample: Sample, pull?: Float64Array): number {
  const { inputs, row, weight } = sample;
  const [biases, outs, direct] = [size * width, size * (width + 1), size * (width + 2)];
  const inner = new Float64Array(size);
  let sum = v[v.length - 1] ?? 0;
  for (let i = 0; i < width; i++) sum += (v[direct + i] ?? 0) * (inputs[i] ?? 0);
  for (let unit = 0; unit < size; unit++) {
    let at = v[biases + unit] ?? 0;
    for (let i = 0; i < width; i++) at += (v[unit * width + i] ?? 0) * (inputs[i] ?? 0);
    inner[unit] = Math.tanh(at);
    sum += (v[outs + unit] ?? 0) * (inner[unit] ?? 0);
  }
  const seconds = Math.exp(Math.min(11, Math.max(-2, sum)));
  const said = Math.max(0.35 * seconds, seconds - row.ageS);
  if (pull === undefined) return said;
  const unit60 = Math.max(60, row.leftS);
  const off = (said - row.leftS) / unit60;
  const slope = said > 0.35 * seconds ? 1 : 0.35;
  const g = (weight * Math.sign(off) * halfOff * slope * seconds) / ((Math.abs(off) + halfOff) ** 2 * unit60);
  add(pull, v.length - 1, g);
  for (let i = 0; i < width; i++) add(pull, direct + i, g * (inputs[i] ?? 0));
  for (let unit = 0; unit < size; unit++) {
    const h = inner[unit] ?? 0;
    add(pull, outs + unit, g * h);
    const back = g * (v[outs + unit] ?? 0) * (1 - h * h);
    add(pull, biases + unit, back);
    for (let i = 0; i < width; i++) add(pull, unit * width + i, back * (inputs[i] ?? 0));
  }
  return said;
}

function add(to: Float64Array, at: number, more: number): void {
  to[at] = (to[at] ?? 0) + more;
}

/** Adam, in batches, slower and slower. */
export function fit(network: Network, samples: readonly Sample[], dice: Dice, rounds: number): void {
  const { values } = network;
  const [first, second] = [new Float64Array(values.length), new Float64Array(values.length)];
  const batch = 512;
  const steps = Math.ceil((rounds * samples.length) / batch);
  for (let step = 1; step <= steps; step++) {
    const pull = new Float64Array(values.length);
    for (let i = 0; i < batch; i++) {
      const sample = samples[Math.floor(dice.fraction() * samples.length)];
      if (sample !== undefined) run(network, sample, pull);
    }
    const rate = 0.004 * (0.5 * (1 + Math.cos((Math.PI * step) / steps)) + 0.01);
    for (let i = 0; i < values.length; i++) {
      const g = (pull[i] ?? 0) / batch + 1e-5 * (values[i] ?? 0);
      const m = (first[i] = 0.9 * (first[i] ?? 0) + 0.1 * g);
      const s = (second[i] = 0.999 * (second[i] ?? 0) + 0.001 * g * g);
      add(values, i, (-rate * (m / (1 - 0.9 ** step))) / (Math.sqrt(s / (1 - 0.999 ** step)) + 1e-8));
    }
    bounded(network);
  }
}
