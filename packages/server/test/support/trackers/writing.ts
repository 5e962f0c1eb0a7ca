/*
 * How apps write numbers and fields, from what is published of each protocol: 1 kn = 1.852 km/h.
 */
export const kmhOfMs = (ms: number) => (ms * 60 * 60) / 1000;
export const knotsOfMs = (ms: number) => kmhOfMs(ms) / 1.852;
export const json = { "content-type": "application/json" };
export const form = { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" };

/** Java's `Double.toString`: always a point, an exponent below 0.001 and from ten million on. */
export function java(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

export function query(values: Record<string, string | null>): string {
  const known = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
  return known.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

export const orNull = <T>(value: number | null, write: (value: number) => T) =>
  value === null ? null : write(value);
export const seconds = (ms: number) => Math.floor(ms / 1000);
export const withoutNull = (_: string, value: unknown) => (value === null ? undefined : value);
