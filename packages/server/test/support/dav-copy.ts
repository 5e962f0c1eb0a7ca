import { C, D, type DavAnswer, type Subscriber } from "./dav.ts";

/** What a client has: the calendar data of each object, by its address. */
type Copy = Map<string, string>;

export function syncBody(token: string, limit?: number): string {
  const limited = limit === undefined ? "" : `<limit><nresults>${limit}</nresults></limit>`;
  return `<sync-collection xmlns="${D}" xmlns:C="${C}"><sync-token>${token}</sync-token><sync-level>1</sync-level>${limited}<prop><getetag/><C:calendar-data/></prop></sync-collection>`;
}

export function multigetBody(hrefs: readonly string[]): string {
  const named = hrefs.map((href) => `<href>${href}</href>`).join("");
  return `<C:calendar-multiget xmlns="${D}" xmlns:C="${C}"><prop><getetag/><C:calendar-data/></prop>${named}</C:calendar-multiget>`;
}

/** A client that keeps its copy up to date by what has changed alone. */
export class SyncingClient {
  readonly copy: Copy = new Map();
  token = "";
  /** How often it had to begin afresh. */
  resyncs = 0;
  /** Answers that said that there is more. */
  truncated = 0;
  removals = 0;
  readonly #subscriber: Subscriber;

  constructor(subscriber: Subscriber) {
    this.#subscriber = subscriber;
  }

  async sync(limit?: number): Promise<void> {
    for (let more = true; more; ) {
      const answer = await this.ask(limit);
      if (answer.status === 403) {
        if (answer.precondition !== `{${D}}valid-sync-token`) throw new Error(answer.text);
        this.copy.clear();
        this.token = "";
        this.resyncs++;
        continue;
      }
      if (answer.status !== 207 || answer.syncToken === undefined)
        throw new Error(`${answer.status} ${answer.text}`);
      more = this.#apply(answer);
      this.token = answer.syncToken;
    }
  }

  ask(limit?: number): Promise<DavAnswer> {
    return this.#subscriber.request("REPORT", this.#subscriber.calendar, {
      body: syncBody(this.token, limit),
    });
  }

  #apply({ responses }: DavAnswer): boolean {
    let more = false;
    for (const [href, { status, found }] of responses) {
      if (status === 507 && href === this.#subscriber.calendar) more = true;
      else if (status === 404) this.#remove(href);
      else this.copy.set(href, dataIn(found));
    }
    if (more) this.truncated++;
    return more;
  }

  #remove(href: string): void {
    if (!this.copy.delete(href)) throw new Error(`${href} was removed, and never there`);
    this.removals++;
  }
}

function dataIn(found: ReadonlyMap<string, { text: string }>): string {
  const data = found.get(`{${C}}calendar-data`)?.text;
  if (data === undefined) throw new Error("a change has no data");
  return data;
}

/** What a client has that asks for everything. */
export async function freshCopy(subscriber: Subscriber): Promise<Copy> {
  const all = await subscriber.request("PROPFIND", subscriber.calendar, { depth: "1" });
  const hrefs = [...all.responses.keys()].filter((href) => href.endsWith(".ics"));
  if (hrefs.length === 0) return new Map();
  const { responses } = await subscriber.request("REPORT", subscriber.calendar, {
    body: multigetBody(hrefs),
  });
  return new Map([...responses].map(([href, { found }]) => [href, dataIn(found)]));
}
