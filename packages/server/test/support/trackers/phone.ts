import { basic } from "../dav.ts";
import type { CorpusRequest, TrackerProtocol } from "./corpus.ts";

/** A phone with one of the apps: what is not confirmed stays in its queue, the oldest first. */
export class TrackerPhone {
  readonly queue: CorpusRequest[] = [];
  readonly #protocol: TrackerProtocol;
  readonly #token: string;
  readonly #url: string;

  constructor(protocol: TrackerProtocol, token: string, url: string) {
    this.#protocol = protocol;
    this.#token = token;
    this.#url = url;
  }

  /** Sends what is queued, until something is not confirmed; whether all was. */
  async flush(): Promise<boolean> {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (!(await this.#isConfirmed(next))) return false;
      this.queue.shift();
    }
    return true;
  }

  async #isConfirmed(request: CorpusRequest): Promise<boolean> {
    try {
      const answer = await fetch(this.#url + this.#filled(request.target), this.#init(request));
      const text = await answer.text();
      return answer.ok && this.#isUnderstood(text);
    } catch {
      // The connection ended: phones do not ask why.
      return false;
    }
  }

  /** OwnTracks parses a list, Overland wants this very answer; the others look at the status alone. */
  #isUnderstood(text: string): boolean {
    if (this.#protocol === "owntracks") return Array.isArray(JSON.parse(text));
    return this.#protocol !== "overland" || text === '{"result":"ok"}';
  }

  #init({ method, headers, body }: CorpusRequest): RequestInit {
    const own = Object.entries(headers).filter(([name]) => name !== "content-length");
    const filled = own.map(([name, value]): [string, string] => [name, this.#filled(value)]);
    const credential = this.#protocol === "owntracks" ? [["authorization", basic(this.#token, "ana")]] : [];
    return {
      method,
      // On a connection kept from before, a GET that was cut off would be repeated unseen.
      keepalive: false,
      headers: Object.fromEntries([...credential, ...filled]),
      ...(body === "" ? {} : { body }),
    };
  }

  #filled(text: string): string {
    return text.replace("Basic BASIC", basic(this.#token, "ana")).replace("TOKEN", this.#token);
  }
}
