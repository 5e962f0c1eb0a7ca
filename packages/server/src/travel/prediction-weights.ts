/** Written by `bench/eta/fit.ts`, in the order of `inputsOf`: fitted to generated journeys, not to people. */

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

export const inputs: readonly Input[] = [
  { name: "left", mean: 7.2486, deviation: 1.3288 },
  { name: "path1", mean: 1.5528, deviation: 0.8243 },
  { name: "path3", mean: 1.5517, deviation: 0.794 },
  { name: "path8", mean: 1.5001, deviation: 0.7647 },
  { name: "closed1", mean: 1.2771, deviation: 0.9997 },
  { name: "closed3", mean: 1.2797, deviation: 0.9641 },
  { name: "closed8", mean: 1.2096, deviation: 0.9419 },
  { name: "speed", mean: 1.3321, deviation: 0.9981 },
  { name: "towards", mean: 0.6056, deviation: 0.392 },
  { name: "said", mean: 1.3158, deviation: 1.0981 },
  { name: "top", mean: 2.1288, deviation: 0.8125 },
  { name: "walk", mean: 0.3547, deviation: 0.4784 },
  { name: "cycle", mean: 0.2678, deviation: 0.4428 },
  { name: "rode", mean: 1.8789, deviation: 1.339 },
  { name: "stands", mean: 0.0395, deviation: 0.1688 },
  { name: "gap", mean: 2.3593, deviation: 0.9603 },
  { name: "fast", mean: 2.297, deviation: 2.0648 },
];

export const hidden: readonly Hidden[] = [
  {
    weights: [
      0.3702, 0.499, 0.0453, -0.5794, -0.1555, -1.2116, -1.6267, -0.1694, -0.0507, 0.6448, -0.5616, -1.0099,
      -0.2459, 0.4745, 0.0056, -0.0003, -0.2185,
    ],
    bias: -0.6722,
    out: 0.2325,
  },
  {
    weights: [
      1.3776, -0.0246, -0.0835, 0.1449, 0.4678, 0.1693, 0.1626, 0.1287, -0.1368, 0.4637, -0.085, 1.6796,
      0.3926, -0.2001, 0.0587, 0.0298, -0.6804,
    ],
    bias: 0.798,
    out: 0.5467,
  },
  {
    weights: [
      1.1639, -0.5215, 0.2193, -0.1042, 0.65, 0.0403, 0.2084, 0.4151, -0.1378, 0.5182, -0.078, 1.1018,
      -0.1009, -0.3506, 0.1521, -0.0814, 1.3964,
    ],
    bias: 1.7419,
    out: 0.4426,
  },
  {
    weights: [
      0.2938, 0.7418, -0.0271, -0.3647, -0.3134, -0.182, -0.6913, 0.2832, -0.1469, 0.4809, 0.0535, -2.2268,
      0.445, 0.1603, 0.3706, 0.12, -0.1092,
    ],
    bias: -0.6301,
    out: 0.3236,
  },
  {
    weights: [
      0.6932, 0.3087, 0.1583, -0.0441, -0.0346, -0.3251, 0.2545, 0.5718, -1.2834, -0.6236, -0.0805, -0.1209,
      -0.0913, -0.0447, 0.0387, 0.0706, 0.109,
    ],
    bias: 2.0518,
    out: 0.5531,
  },
  {
    weights: [
      1.2877, -0.0775, -0.7021, 0.1208, 0.0179, -0.1442, -0.4591, -0.6672, 0.507, -0.1878, 1.0069, -0.1,
      0.4039, -0.1559, -0.0823, 0.0614, -0.3647,
    ],
    bias: 1.7503,
    out: 0.3274,
  },
];

export const outer: { bias: number; direct: readonly number[] } = {
  bias: 4.7457,
  direct: [
    0.4913, -0.0125, 0.0392, -0.1489, -0.2638, 0.0378, 0.0722, -0.0898, 0.095, -0.3524, 0.0241, -0.0283,
    -0.1484, 0.2057, -0.1153, -0.0387, -0.1144,
  ],
};
