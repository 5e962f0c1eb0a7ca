import { describe, expect, test } from "bun:test";
import { array, assert, ipV4, ipV6, oneof, property, string } from "fast-check";
import { clientAddress, readTrustedProxies, type TrustedProxies } from "./trusted-proxies.ts";

function trusted(text: string): TrustedProxies {
  const found = readTrustedProxies(text);
  if (found === undefined) throw new Error(`${text} is refused`);
  return found;
}

describe("whom to trust", () => {
  test.each([
    "9",
    "100",
    "-1",
    "1.5",
    "10.0.0.0/33",
    "10.0.0",
    "010.0.0.1",
    "proxy.lan",
    "10.0.0.1,,10.0.0.2",
    "::1/129",
  ])("is not said by %s", (text) => expect(readTrustedProxies(text)).toBeUndefined());

  test("is nobody unless it is said", () => {
    expect(clientAddress("127.0.0.1", "192.0.2.1", trusted(""))).toBe("127.0.0.1");
    expect(clientAddress("127.0.0.1", "192.0.2.1", trusted("0"))).toBe("127.0.0.1");
  });
});

describe("where a request comes from", () => {
  test.each([
    ["a proxy that is trusted", "10.0.0.0/8", "10.1.2.3", "192.0.2.1", "192.0.2.1"],
    ["one that is not", "10.0.0.0/8", "11.1.2.3", "192.0.2.1", "11.1.2.3"],
    ["a forged beginning", "10.0.0.0/8", "10.1.2.3", "198.51.100.9, 192.0.2.1", "192.0.2.1"],
    ["two proxies", "10.0.0.0/8,172.16.0.1", "10.1.2.3", "9.9.9.9, 192.0.2.1, 172.16.0.1", "192.0.2.1"],
    ["all of them trusted", "10.0.0.0/8", "10.1.2.3", "10.0.0.7,10.0.0.8", "10.0.0.7"],
    ["no header", "10.0.0.0/8", "10.1.2.3", null, "10.1.2.3"],
    ["nothing that is an address", "10.0.0.0/8", "10.1.2.3", "192.0.2.1, unknown", "10.1.2.3"],
    ["an empty header", "10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"],
    ["ports and brackets", "10.0.0.0/8", "10.1.2.3", "[2001:db8::7]:443", "2001:db8::7"],
    ["a port", "10.0.0.0/8", "10.1.2.3", "192.0.2.1:5000", "192.0.2.1"],
    ["IPv4 in IPv6", "127.0.0.1", "::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1"],
    ["a range of IPv6", "fd00::/8", "fd12::1", "2001:db8::1", "2001:db8::1"],
    ["one hop", "1", "10.1.2.3", "9.9.9.9, 192.0.2.1", "192.0.2.1"],
    ["two hops", "2", "10.1.2.3", "9.9.9.9, 192.0.2.1, 172.16.0.1", "192.0.2.1"],
    ["more hops than there were", "3", "10.1.2.3", "192.0.2.1", "192.0.2.1"],
    ["octal digits", "10.0.0.0/8", "10.1.2.3", "0300.0.2.1", "10.1.2.3"],
  ])("%s", (_, who, peer, header, expected) => {
    expect(clientAddress(peer, header, trusted(who))).toBe(expected);
  });

  test("is never what an untrusted sender wrote, whatever that is", () => {
    const ip = ipV4().filter((address) => !address.startsWith("10."));
    assert(
      property(array(oneof(ipV4(), ipV6(), string())), ip, (forged, sender) => {
        const header = [...forged, sender].join(",");
        expect(clientAddress("10.0.0.1", header, trusted("10.0.0.0/8"))).toBe(sender);
        expect(clientAddress("10.0.0.1", header, trusted("1"))).toBe(sender);
        expect(clientAddress(sender, header, trusted("10.0.0.0/8"))).toBe(sender);
      }),
    );
  });
});
