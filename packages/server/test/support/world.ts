import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commonErrors, type Endpoint, errorTable, isErrorCode, type UserId } from "@jarvis/contract";
import { type Config, loadConfig } from "../../src/config.ts";
import type { ContextOverrides } from "../../src/context.ts";
import type { Log } from "../../src/lib/log.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { type MovedClock, movedClock } from "./clock.ts";
import { loopbackNetwork } from "./network.ts";
import { googleNowhere } from "./google/nowhere.ts";
import { seedUser } from "./seed.ts";
import { dropStore, prepareStore, storeSettings } from "./store-address.ts";

/** JSON whose shape the contract check has looked at, so that a test may reach into it. */
// oxlint-disable-next-line typescript/no-explicit-any -- reaching into checked JSON is what tests do
export type Json = any;

export interface Answer {
  status: number;
  /** The parsed body: `{response}`, or a problem document. */
  body: Record<string, unknown>;
  /** The `response` field of a success, read by dotted path: the contract check has already looked at its shape. */
  response: Json;
  headers: Headers;
  bytes: Uint8Array;
}

export interface Person {
  readonly id: UserId;
  /** Id of the session that the token belongs to. */
  readonly session: string;
  readonly username: string;
  readonly email: string;
  readonly token: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface WorldOptions {
  env?: Record<string, string>;
  overrides?: ContextOverrides;
  /** Directory of an earlier world, to start again on its data. */
  directory?: string;
  clock?: MovedClock;
}

export interface World extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  readonly clock: MovedClock;
  readonly directory: string;
  /** Log lines written so far, as objects. */
  readonly logged: { level: string; message: string; fields: object }[];
  /** A person with a confirmed address and a session, made directly in the store. */
  person(name: string, options?: { email?: string; confirmed?: boolean }): Promise<Person>;
  people<const N extends string>(...names: N[]): Promise<Record<N, Person>>;
  befriend(a: Person, b: Person): Promise<void>;
  /** A call as nobody, or with any token. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Stops and starts the server on the same data. */
  restart(): Promise<void>;
  /** Stops the server and keeps the data. */
  stop(): Promise<void>;
}

/** A real server on loopback with a temporary store, a clock that only the test moves, and people seeded directly. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "jarvis-test-")));
  await prepareStore(directory);
  const clock = options.clock ?? movedClock();
  const logged: World["logged"] = [];
  const config = testConfig(directory, options.env);
  const overrides: ContextOverrides = {
    clock,
    log: recorder(logged),
    network: loopbackNetwork,
    google: googleNowhere,
    rehearse: process.env["JARVIS_TEST_REHEARSE"] !== undefined,
    ...options.overrides,
  };
  const breaches: string[] = [];
  const start = () =>
    startServer(config, {
      overrides,
      check: (endpoint, outcome) => breaches.push(...breachesOf(endpoint, outcome)),
    });
  let server = await start();

  const world: World = {
    get server() {
      return server;
    },
    get url() {
      return server.url;
    },
    clock,
    directory,
    logged,
    person: (name, given = {}) => seedPerson(world, name, given),
    async people(...names) {
      const entries = await Promise.all(names.map(async (name) => [name, await world.person(name)] as const));
      return Object.fromEntries(entries) as Record<(typeof names)[number], Person>;
    },
    befriend: (a, b) => seedFriendship(world, a, b),
    async call(method, path, body, headers) {
      const answer = await request(server.url, method, path, body, headers);
      if (breaches.length > 0) throw new Error(`the contract was broken: ${breaches.splice(0).join("; ")}`);
      return answer;
    },
    async restart() {
      await server.stop();
      server = await start();
    },
    stop: () => server.stop(),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await dropStore(directory);
      await rm(directory, { recursive: true, force: true });
      if (breaches.length > 0) throw new Error(`the contract was broken: ${breaches.join("; ")}`);
    },
  };
  return world;
}

function testConfig(directory: string, env: Record<string, string> = {}): Config {
  return loadConfig({
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    ...storeSettings(directory),
    JARVIS_RATE_LIMITS: "off",
    ...env,
  });
}

function recorder(logged: World["logged"]): Log {
  const at = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

async function request(
  url: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: { ...(body === undefined ? {} : { "content-type": typeOf(body) }), ...headers },
    ...(body === undefined ? {} : { body: encoded(body) }),
  });
  const { text, bytes } = await read(response);
  const parsed = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return {
    status: response.status,
    body: parsed,
    response: parsed["response"] as Json,
    headers: response.headers,
    bytes,
  };
}

function typeOf(body: unknown): string {
  if (body instanceof Blob) return body.type;
  return body instanceof Uint8Array ? "image/png" : "application/json";
}

function encoded(body: unknown): string | Uint8Array<ArrayBuffer> | Blob {
  if (body instanceof Blob) return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** An image as its bytes, everything else as text. */
async function read(response: Response): Promise<{ text: string; bytes: Uint8Array }> {
  // An event stream does not end by itself: that it began is answer enough.
  if (response.headers.get("content-type") === "text/event-stream") {
    await response.body?.cancel();
    return { text: "", bytes: new Uint8Array() };
  }
  const bytes = await response.bytes();
  const isImage = response.headers.get("content-type")?.startsWith("image/") ?? false;
  return { text: isImage ? "" : new TextDecoder().decode(bytes), bytes };
}

async function seedPerson(
  world: World,
  name: string,
  given: { email?: string; confirmed?: boolean },
): Promise<Person> {
  const { id, token, session, email } = await seedUser(world.server.ctx, name, given);
  return {
    id,
    session,
    username: name,
    email,
    token,
    call: (method, path, body, headers) =>
      world.call(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
  };
}

async function seedFriendship(world: World, a: Person, b: Person): Promise<void> {
  const since_ms = world.clock.now();
  await world.server.ctx.db.write(async (tx) => {
    await tx.sql
      .insertInto("friendship")
      .values([
        { user_id: a.id, friend_id: b.id, since_ms },
        { user_id: b.id, friend_id: a.id, since_ms },
      ])
      .execute();
  });
}

type Outcome = { status: number; body: unknown } | { code: string };

/** What of an answer the contract does not declare: a field, a status or an error code. */
function breachesOf(endpoint: Endpoint, outcome: Outcome): string[] {
  const where = `${endpoint.method} ${endpoint.path}`;
  if ("code" in outcome) {
    const declared = [...endpoint.errors, ...commonErrors] as readonly string[];
    const known = isErrorCode(outcome.code) && errorTable[outcome.code] !== undefined;
    return known && declared.includes(outcome.code) ? [] : [`${where} answers an undeclared ${outcome.code}`];
  }
  const { response } = JSON.parse(JSON.stringify(outcome.body)) as { response: unknown };
  const parsed = endpoint.response.safeParse(response);
  if (!parsed.success) return [`${where} is off its schema: ${parsed.error.message}`];
  return Bun.deepEquals(parsed.data, response)
    ? []
    : [`${where} answers undeclared fields: ${JSON.stringify(response)}`];
}
