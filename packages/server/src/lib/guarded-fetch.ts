import type { ClientRequest, IncomingMessage } from "node:http";
import { type Clock, systemClock } from "./clock.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { Network, Target } from "./network.ts";
import { isPublicAddress } from "./public-address.ts";

/** What an answer said of its version, to be asked about the next time. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export type Fetched =
  | ({ readonly kind: "body"; readonly bytes: Uint8Array } & Validators)
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly code: FetchFailure };

/** `unreachable` is all that cannot be told apart from outside: refused, closed, silent, broken. */
type FetchFailure = "unreachable" | "gone" | "denied" | "too_large";

interface FetchOptions {
  /** `host` or `host:port` that may be at any address: for a server of the family's own network. */
  readonly allowed: readonly string[];
  readonly accept: string;
  readonly maxBytes: number;
  readonly network: Network;
  readonly clock?: Clock;
}

const deadlineMs = 10_000;
const redirectsAtMost = 5;
const addressesTried = 3;
/** Answers of 1xx before the answer itself: each is an event here, and a server may send millions in ten seconds. */
const earlyHintsAtMost = 8;

class Failure extends Error {
  readonly code: FetchFailure;

  constructor(code: FetchFailure) {
    super(code);
    this.code = code;
  }
}

/**
 * Gets what somebody's address leads to, from the public internet alone. Names are resolved here, every address that comes
 * back is checked, and a checked address is what is dialled: nothing resolves a second time, so that a name that changes in
 * between (DNS rebinding) changes nothing. Every redirect goes through the same. Without cookies, credentials or referrer.
 */
export class GuardedFetch {
  readonly #options: FetchOptions;
  readonly #network: Network;
  // Of the system's clock, as all that waits for the network.
  readonly #clock: Clock;

  constructor(options: FetchOptions) {
    this.#options = options;
    this.#network = options.network;
    this.#clock = options.clock ?? systemClock;
  }

  async get(address: string, known: Validators): Promise<Fetched> {
    try {
      return await this.#inTime((cut) => this.#follow(address, known, cut));
    } catch (error) {
      return { kind: "failed", code: error instanceof Failure ? error.code : "unreachable" };
    }
  }

  /** Whatever is still going on at the deadline is cut: resolving, connecting, or an answer that drips. */
  async #inTime<T>(work: (cut: AbortSignal) => Promise<T>): Promise<T> {
    const cut = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.schedule(deadlineMs, () => {
      cut.abort();
      late.reject(new Failure("unreachable"));
    });
    try {
      return await Promise.race([work(cut.signal), late.promise]);
    } finally {
      timer.cancel();
      cut.abort(); // lets go of what was not read
    }
  }

  async #follow(address: string, known: Validators, cut: AbortSignal): Promise<Fetched> {
    let url = toWebUrl(address);
    for (let hops = 0; hops <= redirectsAtMost; hops++) {
      const response = await this.#ask(url, known, cut);
      const onward = redirectOf(response);
      if (onward === null) return this.#read(response);
      response.destroy();
      const next = URL.parse(onward, url);
      if (next === null || (url.protocol === "https:" && next.protocol !== "https:"))
        throw new Failure("unreachable");
      url = next;
    }
    throw new Failure("unreachable");
  }

  /** The first answer of the host's addresses, all of which have been checked. */
  async #ask(url: URL, known: Validators, cut: AbortSignal): Promise<IncomingMessage> {
    const targets = await this.#targetsOf(url, known);
    let failure: unknown = new Failure("unreachable");
    for (const target of targets.slice(0, addressesTried)) {
      if (cut.aborted) break;
      try {
        return await answerOf(this.#network.open(target), cut);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #targetsOf(url: URL, known: Validators): Promise<Target[]> {
    const isAllowed = this.#isAllowed(url);
    if (!isVettable(url, isAllowed)) throw new Failure("unreachable");
    const literal = literalOf(url.hostname);
    const addresses = literal === null ? await this.#network.resolve(url.hostname) : [literal];
    if (!isAllowed && !addresses.every(isPublicAddress)) throw new Failure("unreachable");
    const secure = url.protocol === "https:";
    const common = {
      port: portOf(url),
      secure,
      serverName: literal === null ? url.hostname : null,
      path: url.pathname + url.search,
      headers: headersFor(url, known, this.#options.accept),
    };
    // IPv4 first: more networks lack the other one.
    return addresses
      .toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":")))
      .map((address) => Object.assign({ address }, common));
  }

  #isAllowed(url: URL): boolean {
    const names = [url.hostname, `${url.hostname}:${portOf(url)}`];
    return names.some((name) => this.#options.allowed.includes(name));
  }

  async #read(response: IncomingMessage): Promise<Fetched> {
    const { statusCode: status = 0, headers } = response;
    if (status === 304) return { kind: "unchanged" };
    if (status === 404 || status === 410) throw new Failure("gone");
    if (status === 401 || status === 403) throw new Failure("denied");
    // Nothing was said of encodings, so there is none to be undone: a small answer could become a huge one.
    if (status !== 200 || (headers["content-encoding"] ?? "identity") !== "identity")
      throw new Failure("unreachable");
    const bytes = await readAtMost(response, this.#options.maxBytes);
    const lastModified = validator(headers["last-modified"]);
    return { kind: "body", bytes, etag: validator(headers.etag), lastModified };
  }
}

/** The address as people have it: `webcal` is a way to say that a calendar is behind it. Over TLS, as it may be a secret. */
function toWebUrl(address: string): URL {
  const url = URL.parse(address.trim().replace(/^webcals?:/i, "https:"));
  if (url === null) throw new Failure("unreachable");
  return url;
}

function isVettable(url: URL, isAllowed: boolean): boolean {
  if (url.protocol !== "https:" && url.protocol !== "http:") return false;
  if (url.username !== "" || url.password !== "" || url.hostname === "") return false;
  return isAllowed || [80, 443].includes(portOf(url));
}

function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

/** The address that stands in the URL itself: the parser has brought IPv4 of every spelling to one, IPv6 is in brackets. */
function literalOf(hostname: string): string | null {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null;
}

function headersFor(url: URL, { etag, lastModified }: Validators, accept: string): Record<string, string> {
  return {
    Host: url.host,
    "User-Agent": "Jarvis",
    Accept: accept,
    ...(etag === null ? {} : { "If-None-Match": etag }),
    ...(lastModified === null ? {} : { "If-Modified-Since": lastModified }),
  };
}

function answerOf(request: ClientRequest, cut: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  cut.addEventListener("abort", () => request.destroy(), { once: true });
  request.on("error", reject);
  request.on("close", () => reject(new Failure("unreachable")));
  let hints = 0;
  request.on("information", () => {
    if (++hints <= earlyHintsAtMost) return;
    reject(new Failure("unreachable"));
    request.destroy();
  });
  request.on("response", (response) => {
    response.on("error", () => undefined); // whoever reads it hears of it, and nobody may be reading
    resolve(response);
  });
  request.end();
  return promise;
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | null {
  return [301, 302, 303, 307, 308].includes(statusCode) ? (headers.location ?? null) : null;
}

async function readAtMost(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers["content-length"] ?? 0) > maxBytes) throw new Failure("too_large");
  const read = new GrowingBytes();
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    if (read.length + chunk.length > maxBytes) throw new Failure("too_large");
    read.add(chunk);
  }
  // An answer that was cut off may look like a calendar with less in it.
  if (!response.complete) throw new Failure("unreachable");
  return read.bytes;
}

/** It is sent back as it is: nothing that could not be a header, nothing long. */
function validator(header: string | undefined): string | null {
  return header !== undefined && /^[\x20-\x7e]{1,200}$/.test(header) ? header : null;
}
