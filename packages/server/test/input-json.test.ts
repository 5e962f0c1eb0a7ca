import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { limits, problem } from "@jarvis/contract";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";
import { quickest } from "./support/quickest.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const slowMs = 50;
const event = { name: "Dinner", duration: 3600 };
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const unread = (depth: number) => `{"name":"x","duration":1,"unread":${nested(depth)}}`;

const ignored = (json: string) => `{"name":"x","duration":1,"unread":${json}}`;
const list = (length: number) => `[${Array(length).fill("[1,2]").join(" , ")}]`;

interface Hostile {
  title: string;
  body: string | Uint8Array<ArrayBuffer>;
  type?: string | null;
  status: number;
  code?: string;
}

const utf16 = new Uint8Array(Buffer.from(JSON.stringify(event), "utf16le"));
const latin1 = new Uint8Array(Buffer.from('{"name":"Café","duration":1}', "latin1"));
const broken = new Uint8Array(Buffer.from('{"name":"\u00ff\u00fe","duration":1}', "latin1"));

const hostile: Hostile[] = [
  { title: "depth 33 in a field that nobody reads", body: unread(limits.jsonDepth), status: 413 },
  { title: "depth 10,000 in a field that nobody reads", body: unread(10_000), status: 413 },
  { title: "depth 32", body: unread(limits.jsonDepth - 1), status: 201 },
  {
    title: "brackets in a text are no depth",
    body: `{"name":"${"[{".repeat(40)}","duration":1}`,
    status: 201,
  },
  { title: "depth 10,000", body: nested(10_000), status: 413, code: "too_large" },
  { title: "depth 33", body: nested(limits.jsonDepth + 1), status: 413, code: "too_large" },
  {
    title: "10,000 arrays",
    body: "[".repeat(10_000) + "]".repeat(10_000),
    status: 413,
    code: "too_large",
  },
  { title: "90,000 keys", body: manyKeys(90_000), status: 413, code: "too_large" },
  { title: "as many keys as fit", body: manyKeys(6_000), status: 400, code: "invalid_input" },
  { title: "one byte too many", body: padded(limits.bodyBytes + 1), status: 413, code: "too_large" },
  { title: "just as many bytes as may be", body: padded(limits.bodyBytes), status: 201 },
  { title: "900 KB", body: padded(900_000), status: 413, code: "too_large" },
  { title: "1e400", body: '{"name":"x","duration":1e400}', status: 400, code: "invalid_input" },
  {
    title: "-1e400",
    body: '{"name":"x","start_time":-1e400,"duration":1}',
    status: 400,
    code: "invalid_input",
  },
  { title: "NaN", body: '{"name":"x","duration":NaN}', status: 400, code: "invalid_input" },
  { title: "a comment", body: '{"name":"x"/**/,"duration":1}', status: 400, code: "invalid_input" },
  { title: "a comma too many", body: '{"name":"x","duration":1,}', status: 400, code: "invalid_input" },
  { title: "nothing", body: "", status: 400, code: "invalid_input" },
  { title: "null", body: "null", status: 400, code: "invalid_input" },
  { title: "a number", body: "1", status: 400, code: "invalid_input" },
  { title: "an array", body: "[]", status: 400, code: "invalid_input" },
  { title: "a text", body: '"x"', status: 400, code: "invalid_input" },
  { title: "two values", body: '{"name":"x","duration":1}{}', status: 400, code: "invalid_input" },
  { title: "UTF-16", body: utf16, status: 400, code: "invalid_input" },
  { title: "Latin-1", body: latin1, status: 400, code: "invalid_input" },
  { title: "bytes that are no UTF-8", body: broken, status: 400, code: "invalid_input" },
  {
    title: "a lone surrogate",
    body: String.raw`{"name":"\ud800","duration":1}`,
    status: 400,
    code: "invalid_input",
  },
  { title: "NUL", body: String.raw`{"name":"a\u0000b","duration":1}`, status: 400, code: "invalid_input" },
  { title: "a byte order mark", body: `\ufeff${JSON.stringify(event)}`, status: 201 },
  { title: "a key twice: the last counts", body: '{"name":"first","name":"last","duration":1}', status: 201 },
  { title: "1,001 people", body: manyPeople(1_001), status: 422, code: "limit_exceeded" },
  { title: "1,000 items that nobody reads", body: ignored(list(limits.arrayItems)), status: 201 },
  {
    title: "1,001 items that nobody reads",
    body: ignored(list(limits.arrayItems + 1)),
    status: 422,
    code: "limit_exceeded",
  },
  {
    title: "1,001 items deep down",
    body: ignored(String.raw`[{"a":["\"[",{},${list(limits.arrayItems + 1)}]}]`),
    status: 422,
    code: "limit_exceeded",
  },
  { title: "commas in a text are no items", body: ignored(`["${",".repeat(3_000)}"]`), status: 201 },
  {
    title: "the keys of an object are no items",
    body: ignored(`[{${Array.from({ length: 1_100 }, (_, i) => `"${i}":${i}`).join(",")}}]`),
    status: 201,
  },
  { title: "no type", body: JSON.stringify(event), type: null, status: 415, code: "unsupported_media_type" },
  { title: "a form", body: "name=x", type: "application/x-www-form-urlencoded", status: 415 },
  { title: "plain text", body: JSON.stringify(event), type: "text/plain", status: 415 },
  { title: "a type that begins alike", body: JSON.stringify(event), type: "application/jsonx", status: 415 },
  {
    title: "a type with parameters",
    body: JSON.stringify(event),
    type: "Application/JSON; charset=utf-8",
    status: 201,
  },
];

describe("case 90: JSON", () => {
  test.each(hostile)("$title: $status", async ({ body, type, status, code }) => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const { result: response, ms } = await quickest(() =>
      send(world, ada, body, type === undefined ? "application/json" : type),
    );
    expect(ms).toBeLessThan(slowMs);
    expect(response.status).toBe(status);
    const answer: unknown = await response.json();
    if (status < 400) return;
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.parse(answer)).toMatchObject({ status, ...(code === undefined ? {} : { code }) });
    expect((await ada.call("GET", `/user/${ada.id}/events`)).response).toEqual([]);
  });

  test("keys that name the prototype change nothing", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const keys = [
      '"__proto__":{"polluted":1}',
      '"constructor":{"prototype":{"polluted":1}}',
      '"prototype":{"polluted":1}',
    ];
    for (const key of keys) {
      const created = await ada.call("POST", "/event", `{"name":"x","duration":1,${key}}`);
      expect(created.status).toBe(201);
      await ada.call("PATCH", `/user/${ada.id}`, `{${key}}`);
      expect((await ada.call("PATCH", `/event/${created.response.id}`, `{"place":{${key}}}`)).status).toBe(
        400,
      );
    }
    for (const query of [
      "__proto__=1",
      "__proto__[polluted]=1",
      "constructor.prototype.polluted=1",
      "constructor=1&constructor=2",
    ]) {
      expect((await ada.call("GET", `/user/${ada.id}/events?${query}`)).status).toBe(200);
    }
    for (const path of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect((await ada.call("GET", `/event/${path}`)).status).toBe(404);
      expect((await ada.call("GET", `/user/${path}`)).status).toBe(404);
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("the server works where nobody can change Object.prototype", async () => {
    await using directory = await temporaryDirectory();
    const freezer = `${directory.path}/freezer.ts`;
    await Bun.write(
      freezer,
      'process.on("SIGUSR2", () => { Object.freeze(Object.prototype); console.error("frozen"); });',
    );
    await using server = await startProcess(processEnv(directory.path), ["--preload", freezer]);
    server.kill("SIGUSR2");
    await server.said(/(frozen)/);
    const account = { email: "ada@example.org", password: "correct horse", username: "Ada", __proto__: null };
    const headers = { "content-type": "application/json" };
    const created = await fetch(`${server.url}/user`, {
      method: "POST",
      headers,
      body: JSON.stringify(account),
    });
    const { token } = (await created.json()).response;
    const own = { ...headers, authorization: `Bearer ${token}` };
    const body = `{"name":"x","duration":1,"__proto__":{"polluted":1},"constructor":{"prototype":{}}}`;
    const { status } = await fetch(`${server.url}/event`, { method: "POST", headers: own, body });
    expect([created.status, status]).toEqual([201, 201]);
  });

  test("numbers at the edge stay what they are or are refused", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const { id } = (await ada.call("POST", "/event", event)).response as { id: string };
    const place = (latitude: string) =>
      ada.call("PUT", `/event/${id}/place`, `{"latitude":${latitude},"longitude":0}`);
    expect((await place("-0")).response.place.latitude).toBe("0");
    expect((await place('"-0.0"')).response.place.latitude).toBe("0");
    expect((await place("1e-7")).response.place.latitude).toBe("0.0000001");
    expect((await place("90.00000000000001")).status).toBe(400);
    for (const text of [
      '"1e1"',
      '"0x10"',
      '""',
      '" 1"',
      '"1_0"',
      '"Infinity"',
      '"１"',
      "true",
      "null",
      "[1]",
    ]) {
      expect((await place(text)).status, text).toBe(400);
    }
    for (const seq of ["9007199254740993", "1.5", "-1", '"1"', "1e400"]) {
      expect((await ada.call("PUT", `/chat/${id}/read`, `{"seq":${seq}}`)).status, seq).toBe(400);
    }
  });

  test("a body on a call that takes none is ignored", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    expect((await ada.call("PUT", `/user/${ada.id}/logout`, nested(10_000))).status).toBe(200);
  });

  test("what exceeds all reason is not even read", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    expect((await send(world, ada, padded(20 * limits.bodyBytes), "application/json")).status).toBe(413);
    expect((await world.call("GET", "/health")).status).toBe(200);
  });

  test("a body that never says how long it is, is read no further than it may be long", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const chunked = (text: string) =>
      raw(
        world,
        head(ada, "Transfer-Encoding: chunked"),
        `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      );
    expect(await chunked(padded(limits.bodyBytes))).toStartWith("HTTP/1.1 201");
    const refused = await chunked(padded(limits.bodyBytes + 1));
    expect(refused).toStartWith("HTTP/1.1 413");
    expect(refused).toContain('"code":"too_large"');
    expect(await chunked(padded(900_000))).toContain('"code":"too_large"');
  });

  test("a request that tells its length in two ways is never taken for two requests", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const smuggled = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const ways = [
      ["Content-Length: 5\r\nTransfer-Encoding: chunked", `0\r\n\r\n${smuggled}`],
      ["Transfer-Encoding: chunked\r\nContent-Length: 5", `0\r\n\r\n${smuggled}`],
      ["Content-Length: 2\r\nContent-Length: 50", `{}${smuggled}`],
      ["Transfer-Encoding: chunked, identity", `0\r\n\r\n${smuggled}`],
      ["Content-Length: -1", smuggled],
      ["Content-Length: 0x2", `{}${smuggled}`],
    ];
    for (const [lengths = "", body = ""] of ways) {
      const answer = await raw(world, head(ada, lengths), body);
      expect(answer, lengths).toStartWith("HTTP/1.1 4");
      expect(answer, lengths).not.toContain('"status":"ok"');
    }
  });
});

function send(world: World, person: Person, body: Hostile["body"], type: string | null): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${person.token}` });
  if (type !== null) headers.set("content-type", type);
  // A Blob without a type keeps fetch from adding one of its own.
  return fetch(`${world.url}/event`, { method: "POST", headers, body: new Blob([body]) });
}

function head(person: Person, lengths: string): string {
  return `POST /event HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/json\r\n${lengths}\r\nConnection: close\r\n\r\n`;
}

function raw(world: World, ...parts: string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1");
    socket.setEncoding("utf8").on("data", (text) => (answer += String(text)));
    socket.on("error", () => socket.destroy()).on("close", () => resolve(answer));
    socket.end(parts.join(""));
  });
}

function padded(bytes: number): string {
  const text = JSON.stringify({ ...event, padding: "" });
  return text.replace('"padding":""', `"padding":"${"x".repeat(bytes - text.length)}"`);
}

function manyKeys(count: number): string {
  return `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(",")}}`;
}

function manyPeople(count: number): string {
  return JSON.stringify({
    ...event,
    people: Array.from({ length: count }, (_, i) => `person-${i}@example.org`),
  });
}
