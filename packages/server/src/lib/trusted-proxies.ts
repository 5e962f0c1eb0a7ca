import ipaddr from "ipaddr.js";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Whose word on where a request comes from is taken: so many hops before this server, or those at these addresses. */
export type TrustedProxies = { readonly hops: number } | { readonly ranges: readonly Range[] };

/** More hops than anybody has; a number that large is a mistake. */
const maxHops = 8;

/** `2`, or addresses and ranges: `10.0.0.0/8, ::1`. Undefined where it is neither; empty trusts nobody. */
export function readTrustedProxies(text: string): TrustedProxies | undefined {
  const trimmed = text.trim();
  if (/^\d{1,2}$/.test(trimmed)) return Number(trimmed) <= maxHops ? { hops: Number(trimmed) } : undefined;
  const parts = trimmed.split(",").map((part) => part.trim());
  const ranges = trimmed === "" ? [] : parts.map(rangeOf);
  return ranges.every((range) => range !== undefined) ? { ranges } : undefined;
}

function rangeOf(text: string): Range | undefined {
  // An address like 010.1 is read in several ways by several programs: only the one that all agree on is taken.
  if (ipaddr.isValidCIDR(text) && /^[\da-f:.]+\/\d+$/i.test(text)) {
    const [address, bits] = ipaddr.parseCIDR(text);
    return [address, bits];
  }
  const address = addressIn(text);
  return address && [address, address.kind() === "ipv4" ? 32 : 128];
}

/**
 * The address that a request comes from: that of the connection, or, where a trusted proxy holds it, the one that the proxy
 * has added to `X-Forwarded-For`, and so on back along the header as far as whoever added is trusted. What stands further
 * left may be anybody's invention.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: TrustedProxies): string {
  if (forwardedFor === null) return peer;
  const claimed = forwardedFor.split(",");
  let address = peer;
  for (let hop = 0; isTrusted(address, hop, trusted); hop++) {
    const before = addressIn(claimed[claimed.length - 1 - hop] ?? "");
    if (before === undefined) break;
    address = before.toString();
  }
  return address;
}

function isTrusted(text: string, hop: number, trusted: TrustedProxies): boolean {
  if ("hops" in trusted) return hop < trusted.hops;
  if (trusted.ranges.length === 0) return false;
  const address = addressIn(text);
  return address !== undefined && trusted.ranges.some(([range, bits]) => isWithin(address, range, bits));
}

function isWithin(
  address: ipaddr.IPv4 | ipaddr.IPv6,
  range: ipaddr.IPv4 | ipaddr.IPv6,
  bits: number,
): boolean {
  return address.kind() === range.kind() && address.match(range, bits);
}

/** As proxies write it: some with a port, IPv6 in brackets then. IPv4 mapped into IPv6 is IPv4. */
function addressIn(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const trimmed = text.trim();
  const bare =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(trimmed)?.[1] ?? trimmed;
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}|[\da-f:.]*:[\da-f:.]*)$/i.test(bare))
    return undefined;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}
