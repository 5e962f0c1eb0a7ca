import ipaddr from "ipaddr.js";

const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether an address is of a host on the public internet. Everything else is refused: loopback, private, link-local (where
 * clouds keep their metadata), carrier-grade NAT, multicast, reserved; and forms of IPv6 that wrap an address of IPv4
 * (mapped, NAT64, 6to4, Teredo), because where they lead is decided by somebody else.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  // `unicast` is whatever the list of ranges does not name; of IPv6 only this part has been given out.
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}
