/** Also `1.0E-4`: so Java writes what is small. Bounded, so that nobody makes us read numbers for long. */
const decimal = /^[+-]?(?:\d{1,20}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,4})?$/;

/** The number that is written there, perhaps infinite, or `undefined` where there is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return decimal.test(text) ? Number(text) : undefined;
}

/** The same, where a comma may stand before the decimals: `49,25`. */
export function numberWithComma(value: unknown): number | undefined {
  if (typeof value !== "string" || value.indexOf(",") !== value.lastIndexOf(",")) return numberOf(value);
  return numberOf(value.replace(",", "."));
}

/** In another unit, without digits that only the conversion made. */
export function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : Math.round(value * factor * 10_000) / 10_000;
}

export const metresPerSecond = { knot: 1852 / 3600, kmh: 1 / 3.6 } as const;
