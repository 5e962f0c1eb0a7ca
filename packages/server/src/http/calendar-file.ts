import { type Auth, calendarType } from "@jarvis/contract";
import type { CalendarFile, Revision } from "../call.ts";

/**
 * A calendar, or that the client's copy of it is the present one. What is addressed by a secret may be kept, if it is
 * asked for again each time; what needs a sign-in is kept nowhere, like every answer that does.
 */
export async function calendarResponse(
  calendar: CalendarFile,
  asked: Headers,
  auth: Auth,
): Promise<Response> {
  const cacheControl = auth === "none" ? "private, no-cache" : "no-store";
  if (isConditional(asked)) {
    const revision = await calendar.revision();
    if (isCurrent(asked, revision))
      return new Response(null, { status: 304, headers: headersOf(revision, cacheControl) });
  }
  const { text, revision } = await calendar.write();
  return new Response(text, {
    headers: {
      ...headersOf(revision, cacheControl),
      "content-type": `${calendarType}; charset=utf-8`,
      "content-disposition": `attachment; filename="${calendar.name}"`,
      "content-security-policy": "default-src 'none'; sandbox",
    },
  });
}

/** The address is a secret: no page that is opened from here is told of it. */
function headersOf({ etag, changedMs }: Revision, cacheControl: string): Record<string, string> {
  return {
    etag,
    ...(changedMs === null ? {} : { "last-modified": new Date(changedMs).toUTCString() }),
    "cache-control": cacheControl,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

function isConditional(headers: Headers): boolean {
  return headers.has("if-none-match") || headers.has("if-modified-since");
}

/** RFC 9110, section 13.2.2: a date counts only where no tag is given. */
function isCurrent(asked: Headers, { etag, changedMs }: Revision): boolean {
  const tags = asked.get("if-none-match");
  if (tags !== null) return tags.split(",").some((tag) => isTag(tag.trim(), etag));
  const since = Date.parse(asked.get("if-modified-since") ?? "");
  return changedMs !== null && Math.floor(changedMs / 1_000) * 1_000 <= since;
}

/** Compared weakly (section 13.1.2): proxies that compress mark a tag as weak. */
function isTag(tag: string, etag: string): boolean {
  return tag === "*" || tag.replace(/^W\//, "") === etag;
}
