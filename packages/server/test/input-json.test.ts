import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { limits, problem } from "@jarvis/contract";
import { malformed, notUtf8, sound } from "./support/json-samples.ts";
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

describe("case 91: every text of JSON's grammar and beside it", () => {
  const cases = Object.entries(malformed).map(([title, texts]) => ({ title, texts }));
  const notJson = { code: "invalid_input", detail: "The body is not valid JSON" };

  test.each(cases)("$title: no JSON, to every call, and nothing is stored", async ({ texts }) => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    for (const text of texts) {
      const inside = await send(world, ada, ignored(text), "application/json");
      expect([text, inside.status, await inside.json()]).toMatchObject([text, 400, notJson]);
      for (const path of ["/event", "/login"]) {
        const { status, body } = await ada.call("POST", path, text);
        expect([text, status, body]).toMatchObject([text, 400, notJson]);
      }
    }
    expect(await stored(world)).toEqual({ users: 1, sessions: 1, events: 0 });
  });

  test("bytes that are no UTF-8 are refused, wherever they stand", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    for (const [title, bytes] of Object.entries(notUtf8)) {
      const [head = "", tail = ""] = ignored('"|"').split("|");
      for (const parts of [
        [Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)],
        [Buffer.from(bytes)],
      ]) {
        const answer = await send(world, ada, new Uint8Array(Buffer.concat(parts)), "application/json");
        const detail = "The body is not valid UTF-8";
        expect([title, answer.status, await answer.json()]).toMatchObject([title, 400, { detail }]);
      }
    }
    expect(await stored(world)).toEqual({ users: 1, sessions: 1, events: 0 });
  });

  test("what is sound is read, and refused only for what it says", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    for (const text of sound) {
      for (const path of ["/event", "/login"]) {
        const { status, body } = await ada.call("POST", path, text);
        expect([text, status, body["code"]]).toEqual([text, 400, "invalid_input"]);
        expect(body["detail"]).not.toBe(notJson.detail);
      }
    }
    expect(await stored(world)).toEqual({ users: 1, sessions: 1, events: 0 });
    for (const text of sound) {
      expect([text, (await send(world, ada, ignored(text), "application/json")).status]).toEqual([text, 201]);
    }
    expect((await stored(world)).events).toBe(sound.length);
  });

  test("a field given twice has its last value, however its name is written", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const twice = [
      String.raw`{"name":"first","na\u006de":"last","duration":60}`,
      String.raw`{"\u006eame":"first","duration":1,"name":"last","duration":60}`,
      `{"name":["first"],"name":"last","duration":null,"duration":60}`,
    ];
    for (const text of twice) {
      const { status, response } = await ada.call("POST", "/event", text);
      expect([status, response?.name, response?.duration]).toEqual([201, "last", "60"]);
    }
    const refused = await ada.call("POST", "/event", '{"name":"first","name":["last"],"duration":60}');
    expect(refused.status).toBe(400);
  });

  test("a lone surrogate is no text: not as a name, nor in pairs the wrong way round", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const named = (name: string) => ada.call("POST", "/event", `{"name":"${name}","duration":60}`);
    for (const name of [
      String.raw`\ud800`,
      String.raw`\udfff`,
      String.raw`\ude00\ud83d`,
      String.raw`a\ud83d`,
      String.raw`\ud83db`,
      String.raw`\ud83d\ud83d\ude00`,
    ]) {
      expect([name, (await named(name)).status]).toEqual([name, 400]);
    }
    expect((await named(String.raw`\ud83d\ude00`)).response.name).toBe("😀");
  });

  test("a number counts by its value, and one that cannot be held is refused", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const lasting = (duration: string) => ada.call("POST", "/event", `{"name":"x","duration":${duration}}`);
    for (const duration of ["60", "60.0", "6e1", "6E+1", "600e-1", `6${"0".repeat(300)}e-299`]) {
      expect([duration, (await lasting(duration)).response?.duration]).toEqual([duration, "60"]);
    }
    const refused = ["-60", "0.5e-1", "1e400", "-1e400", "9007199254740993", `1${"0".repeat(400)}`, "1e300"];
    for (const duration of refused) {
      expect([duration, (await lasting(duration)).status]).toEqual([duration, 400]);
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

async function stored(world: World) {
  const { read } = world.server.ctx.db;
  const count = async (table: "user" | "session" | "event") =>
    (await read.selectFrom(table).selectAll().execute()).length;
  return { users: await count("user"), sessions: await count("session"), events: await count("event") };
}
