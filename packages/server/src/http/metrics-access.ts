import { timingSafeEqual } from "node:crypto";
import { sha256 } from "../lib/ids.ts";

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/** Metrics are for this machine, or for who holds the token: a request that came through a proxy is not from here. */
export function mayReadMetrics(headers: Headers, peer: string | undefined, token: string | null): boolean {
  if (token !== null && isToken(headers.get("authorization"), token)) return true;
  return isLoopback(peer) && !proxyHeaders.some((name) => headers.has(name));
}

/** Compares hashes, in a time that tells nothing about where the texts differ or how long they are. */
function isToken(authorization: string | null, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}
