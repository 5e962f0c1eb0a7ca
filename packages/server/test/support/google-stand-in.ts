import type { GoogleEndpoints } from "../../src/lib/google-calendar/endpoints.ts";
import { StandInCalendar } from "./google/calendar.ts";
import { failures } from "./google/failure.ts";
import { StandInOAuth } from "./google/oauth.ts";
import { partialResponse } from "./google/partial-response.ts";

type Fault = (url: URL) => Response | undefined | Promise<Response | undefined>;

/** Google on loopback, as its public reference describes what is used of it; one person has an account there. */
export interface GoogleStandIn extends AsyncDisposable {
  readonly endpoints: GoogleEndpoints;
  readonly oauth: StandInOAuth;
  readonly primary: StandInCalendar;
  addCalendar(id: string, listed: { accessRole: string; selected?: boolean }): StandInCalendar;
  removeCalendar(id: string): void;
  /** Calls of the Calendar API so far, the tokens left out. */
  readonly calls: URL[];
  /** Answers in place of Google, in order: each the first call that it has an answer for. */
  readonly faults: Fault[];
}

/** Their address, which is also the primary calendar's id. */
export const googleAddress = "ann.canary@example.org";

export function startGoogle(): GoogleStandIn {
  const oauth = new StandInOAuth();
  const primary = new StandInCalendar(googleAddress, { accessRole: "owner", selected: true, primary: true });
  const calendars = new Map([[primary.id, primary]]);
  const calls: URL[] = [];
  const faults: Fault[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname.startsWith("/calendar/")) calls.push(url);
      const fault = await faultFor(faults, url);
      if (fault !== undefined) return fault;
      if (url.pathname === "/o/oauth2/v2/auth") return oauth.authorize(url.searchParams);
      if (url.pathname === "/token") return oauth.token(new URLSearchParams(await request.text()));
      if (url.pathname === "/revoke") return oauth.revoke(new URLSearchParams(await request.text()));
      if (!oauth.accepts(request.headers.get("authorization"))) return failures.credentials();
      return api(url, calendars);
    },
  });
  const origin = server.url.origin;
  return {
    endpoints: {
      issuer: "https://accounts.google.com",
      authorization: `${origin}/o/oauth2/v2/auth`,
      token: `${origin}/token`,
      revocation: `${origin}/revoke`,
      api: `${origin}/calendar/v3`,
    },
    oauth,
    primary,
    addCalendar(id, listed) {
      const calendar = new StandInCalendar(id, listed);
      calendars.set(id, calendar);
      return calendar;
    },
    removeCalendar: (id) => void calendars.delete(id),
    calls,
    faults,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function faultFor(faults: Fault[], url: URL): Promise<Response | undefined> {
  for (const [index, fault] of faults.entries()) {
    const answer = await fault(url);
    if (answer === undefined) continue;
    faults.splice(index, 1);
    return answer;
  }
  return undefined;
}

function api({ pathname, searchParams }: URL, calendars: Map<string, StandInCalendar>): Response {
  const fields = searchParams.get("fields");
  if (pathname === "/calendar/v3/users/me/calendarList") {
    const items = [...calendars.values()].map(({ id, listed }) =>
      Object.assign({ id, summary: `Of ${id}` }, listed),
    );
    return Response.json(partialResponse({ kind: "calendar#calendarList", items }, fields));
  }
  const id = /^\/calendar\/v3\/calendars\/([^/]+)\/events$/.exec(pathname)?.[1];
  const calendar = calendars.get(decodeURIComponent(id ?? ""));
  if (calendar === undefined) return failures.notFound();
  const answer = calendar.list(searchParams);
  return answer instanceof Response ? answer : Response.json(partialResponse(answer, fields));
}

/** The next call whose path ends so is answered with this. */
export function once(path: string, answer: () => Response | Promise<Response>): Fault {
  return (url) => (url.pathname.endsWith(path) ? answer() : undefined);
}
