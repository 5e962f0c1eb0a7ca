import type {
  ArgumentsOf,
  DocumentBytes,
  Endpoint,
  ImageBytes,
  ParamsOf,
  QueryOf,
  ResultOf,
} from "@jarvis/contract";
import type { Clock, Fetch, Random } from "./environment.ts";
import { JarvisError, JarvisNetworkError, toJarvisError } from "./errors.ts";
import { retrying } from "./retry.ts";

export interface CallOptions {
  /** Change only if the object still has this version; else `changed` (412). */
  ifMatch?: number;
  /** Names one creation: repeated with the same key and arguments within 24 hours, it answers what the first made. */
  idempotencyKey?: string;
  /** Gives the call up; it then throws the signal's reason. */
  signal?: AbortSignal;
  /**
   * How often to repeat it (never unless said) after 429, and where it may be carried out twice also after 503 or no
   * answer; after as long as the server asks for, 60 s at most, and a random while on top.
   */
  retries?: number;
}

/** One page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

type InUrl<E extends Endpoint> = keyof ParamsOf<E> | keyof QueryOf<E>;
/** What travels in the URL may be given as a number: `{ limit: 50 }`. */
type Widened<A, K> = { [P in keyof A]: P extends K ? (string extends A[P] ? A[P] | number : A[P]) : A[P] };

/** Path parameters, query and body of an endpoint, in one flat object. */
export type Arguments<E extends Endpoint> = Widened<ArgumentsOf<E>, InUrl<E>>;

type Item<T> = T extends readonly (infer I)[] ? I : never;
export type Result<E extends Endpoint> = E extends { paged: true } ? Page<Item<ResultOf<E>>> : ResultOf<E>;

interface Sent {
  readonly url: string;
  readonly body?: BodyInit;
  /** Media type of the body. */
  readonly type?: string;
}

/** A method of the client: the arguments may be left out where none is required. */
export type Method<E extends Endpoint> = (
  ...input: Record<never, never> extends Arguments<E>
    ? [args?: Arguments<E>, options?: CallOptions]
    : [args: Arguments<E>, options?: CallOptions]
) => Promise<Result<E>>;

export interface Http {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
  token(): string | null;
}

type Values = Record<string, unknown>;

/** Calls an endpoint of the contract. Answers are not validated: a newer server may send fields unknown here. */
export function callEndpoint(
  http: Http,
  endpoint: Endpoint,
  args: Values,
  options: CallOptions,
): Promise<unknown> {
  const { retries = 0, idempotencyKey } = options;
  const call = () => callOnce(http, endpoint, args, options);
  if (retries === 0) return call();
  const repeatable = ["GET", "PUT", "DELETE"].includes(endpoint.method) || idempotencyKey !== undefined;
  return retrying(call, repeatable, retries, { ...http, signal: options.signal });
}

async function callOnce(
  http: Http,
  endpoint: Endpoint,
  args: Values,
  options: CallOptions,
): Promise<unknown> {
  const { url, body, type } = addressed(endpoint, args);
  const { response, content } = await exchange(http, url, options.signal, endpoint, {
    method: endpoint.method,
    headers: { ...headersOf(endpoint, http.token(), options), ...(type ? { "content-type": type } : {}) },
    ...(body === undefined ? {} : { body }),
  });
  if (typeof content !== "string") return content;
  const answer = parseObject(content);
  if (!response.ok) throw toJarvisError(response, answer);
  if (!("response" in answer)) {
    throw new JarvisError("invalid_answer", {
      status: response.status,
      detail: "The answer has no response",
    });
  }
  return endpoint.paged
    ? { items: answer["response"], nextCursor: answer["next_cursor"] ?? null }
    : answer["response"];
}

/** Sorts flat arguments into path, query and body, as the endpoint declares them. */
function addressed(endpoint: Endpoint, args: Values): Sent {
  const rest = new Map(Object.entries(args).filter(([, value]) => value !== undefined));
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(name, take(rest, name)));
  const document = endpoint.document && take(rest, "document");
  // Where a call takes a document or JSON, its query describes the document.
  const inQuery = endpoint.document && document === undefined ? {} : (endpoint.query?.shape ?? {});
  const query = Object.keys(inQuery).flatMap((name) => pair(name, take(rest, name)));
  const url = query.length > 0 ? `${path}?${query.join("&")}` : path;
  if (endpoint.upload) return { url, ...imageBody(endpoint.upload, take(rest, "image")) };
  // The contract's type has said which of its forms it is; the server wants to hear what it is.
  if (document !== undefined)
    return { url, body: document as DocumentBytes, type: endpoint.document?.type ?? "" };
  if (!endpoint.body) return { url };
  const body = endpoint.bodyAs === undefined ? Object.fromEntries(rest) : rest.get(endpoint.bodyAs);
  return { url, body: JSON.stringify(body), type: "application/json" };
}

/** What an image is, the server sees in its bytes: that matters only where a blob says something else of itself. */
function imageBody(types: readonly string[], image: unknown): Omit<Sent, "url"> {
  if (typeof image !== "object" || image === null)
    throw new TypeError("image must be a Blob, a Uint8Array or an ArrayBuffer");
  const own = "type" in image && typeof image.type === "string" ? image.type : "";
  const type = own === "" ? types[0] : own;
  // The contract's type has said which of these it is.
  return { body: image as ImageBytes, ...(type === undefined ? {} : { type }) };
}

function take(values: Map<string, unknown>, name: string): unknown {
  const value = values.get(name);
  values.delete(name);
  return value;
}

/** Written by hand: React Native's `URLSearchParams` cannot be written to. */
function pair(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  return [`${name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`];
}

/** Dots alone would climb out of the path, escaped or not (WHATWG URL, double-dot path segments). */
function segment(name: string, value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (text === "" || text === "." || text === "..")
    throw new TypeError(`${name} is not a usable id: "${text}"`);
  return encodeURIComponent(text);
}

function headersOf(endpoint: Endpoint, token: string | null, options: CallOptions): Record<string, string> {
  return {
    accept: endpoint.download ? endpoint.download.join(", ") : "application/json",
    ...(endpoint.auth === "session" && token !== null ? { authorization: `Bearer ${token}` } : {}),
    ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
    ...(options.ifMatch === undefined ? {} : { "if-match": `"${options.ifMatch}"` }),
  };
}

/** The answer whole: as bytes where the endpoint has them and the call succeeded, else as text. */
async function exchange(
  http: Http,
  url: string,
  signal: AbortSignal | undefined,
  { download }: Endpoint,
  init: RequestInit,
): Promise<{ response: Response; content: string | Blob }> {
  try {
    const response = await http.fetch(http.baseUrl + url, { ...init, ...(signal ? { signal } : {}) });
    const content = await (download && response.ok ? response.blob() : response.text());
    return { response, content };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new JarvisNetworkError(`${http.baseUrl} did not answer`, error);
  }
}

function parseObject(text: string): Values {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // not JSON: the caller reports what it got instead
  }
}
