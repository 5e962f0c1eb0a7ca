import type { Bytes } from "../call.ts";

/**
 * An image that somebody sent, as this server encoded it. A browser must neither guess another type, nor run anything in
 * it, nor keep it, nor show it in a page of somebody else's unless that may call this server.
 */
export function bytesResponse({ type, name, size, stream }: Bytes, forOtherOrigins: boolean): Response {
  return new Response(stream, {
    headers: {
      "content-type": type,
      "content-length": String(size),
      "content-disposition": `inline; filename="${name}"`,
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": forOtherOrigins ? "cross-origin" : "same-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}
