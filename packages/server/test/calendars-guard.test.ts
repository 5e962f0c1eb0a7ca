import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { GuardedFetch, type Fetched } from "../src/lib/guarded-fetch.ts";
import { movedClock } from "./support/clock.ts";
import { until } from "./support/photos.ts";
import { innerForms, innerHosts } from "./support/inner-addresses.ts";
import { PretendedNetwork, publicAddress, startSite } from "./support/network.ts";

const nothing = { etag: null, lastModified: null };
const text = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
const bounds = { allowed: [], accept: "text/calendar", maxBytes: 1_024 * 1_024 };

type Names = ConstructorParameters<typeof PretendedNetwork>[0];
const onTheInternet: Names = (host) => (host.endsWith(".example") ? [publicAddress] : undefined);

/** A guard in a pretended internet, with a site that answers and a trap that must not be reached. */
async function pretend(options: {
  names?: Names;
  answer?: (request: Request) => Response | Promise<Response>;
  allowed?: string[];
}) {
  const site = startSite(options.answer ?? (() => new Response(text)));
  const trap = startSite(() => new Response(text));
  const network = new PretendedNetwork(options.names ?? onTheInternet, { site: site.port, trap: trap.port });
  const guard = new GuardedFetch({ ...bounds, allowed: options.allowed ?? [], network });
  return {
    site,
    trap,
    network,
    get: (url: string): Promise<Fetched> => guard.get(url, nothing),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await trap[Symbol.asyncDispose]();
    },
  };
}

const refused = { kind: "failed", code: "unreachable" } as const;

const innerNames: Names = (host) => innerHosts[host] ?? onTheInternet(host, 0);

describe("an address that somebody gives", () => {
  test("case 94: in none of its forms leads anywhere but to the public internet", async () => {
    await using world = await pretend({ names: innerNames });
    const outcomes = await Promise.all(innerForms.map(world.get));
    expect(innerForms.length).toBeGreaterThanOrEqual(60);
    for (const [index, outcome] of outcomes.entries()) expect(outcome, innerForms[index]).toEqual(refused);
    expect(world.network.dialled).toEqual([]);
    expect(world.trap.requests).toEqual([]);
    expect(await world.get("http://public.example/a.ics")).toMatchObject({ kind: "body" });
    expect(world.site.requests).toHaveLength(1);
  });

  const answers: [what: string, addresses: string[]][] = [
    ["a name of an internal address, whatever its CNAME was", ["10.0.0.7"]],
    ["one internal address among public ones", [publicAddress, "127.0.0.1"]],
    ["the internal address first", ["127.0.0.1", publicAddress]],
    ["an internal IPv6 address beside a public IPv4 one", [publicAddress, "::1"]],
    ["the metadata service", ["169.254.169.254"]],
    ["a mapped address", [publicAddress, "::ffff:127.0.0.1"]],
    ["a translated address", ["64:ff9b::7f00:1"]],
    ["an address with a zone", ["fe80::1%lo"]],
    ["no address at all", []],
    ["something that is no address", ["localhost"]],
  ];
  test.each(answers)("case 94: is refused where its name leads to %s", async (_, addresses) => {
    await using world = await pretend({ names: () => addresses });
    expect(await world.get("https://cal.example/")).toEqual(refused);
    expect(world.network.dialled).toEqual([]);
  });

  test("case 94: a name that changes between the check and the dial changes nothing (DNS rebinding)", async () => {
    const names: Names = (_, nth) => (nth === 0 ? [publicAddress] : ["127.0.0.1"]);
    await using world = await pretend({ names });
    expect(await world.get("http://cal.example/")).toMatchObject({ kind: "body" });
    expect(world.network.asked).toEqual(["cal.example"]);
    expect(world.network.dialled.map(({ address }) => address)).toEqual([publicAddress]);
    // Asked for again, the name is looked up again, and checked again.
    expect(await world.get("http://cal.example/")).toEqual(refused);
    expect(world.trap.requests).toEqual([]);
  });
});

describe("a redirect", () => {
  const to = (location: string, status = 302) => new Response(null, { status, headers: { location } });

  const inner = [
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://nas.lan/",
    "http://localhost/",
    "file:///etc/passwd",
  ];
  inner.push(
    "http://public.example:6379/",
    "//169.254.169.254/",
    "http://me@public.example/",
    "gopher://a.example/",
  );
  test.each(inner)("case 94: to %s is checked like the first address", async (location) => {
    await using world = await pretend({ names: innerNames, answer: () => to(location) });
    expect(await world.get("http://public.example/")).toEqual(refused);
    expect(world.network.dialled).toHaveLength(1);
    expect(world.trap.requests).toEqual([]);
  });

  test("case 94: to the same name is resolved anew: it may lead inside by then", async () => {
    const names: Names = (_, nth) => (nth === 0 ? [publicAddress] : ["127.0.0.1"]);
    await using world = await pretend({ names, answer: () => to("/again") });
    expect(await world.get("http://cal.example/")).toEqual(refused);
    expect(world.network.dialled).toHaveLength(1);
  });

  test("is followed five times, and to TLS but never back", async () => {
    const answer = (request: Request) => {
      const left = Number(new URL(request.url).searchParams.get("left"));
      return left > 0 ? to(`/?left=${left - 1}`, [301, 302, 303, 307, 308][left % 5]) : new Response(text);
    };
    await using world = await pretend({ answer });
    expect(await world.get("http://a.example/?left=5")).toMatchObject({ kind: "body" });
    expect(await world.get("http://a.example/?left=6")).toEqual(refused);
    const hops = (request: Request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/up") return to("https://b.tls.example/");
      return pathname === "/down" ? to("http://a.example/") : new Response(text);
    };
    await using ways = await pretend({ answer: hops });
    expect(await ways.get("http://a.example/up")).toMatchObject({ kind: "body" });
    expect(await ways.get("https://b.tls.example/down")).toEqual(refused);
    expect(ways.network.dialled.map(({ secure, port }) => [secure, port])).toEqual([
      [false, 80],
      [true, 443],
      [true, 443],
    ]);
  });
});

describe("what is asked and taken", () => {
  test("says nothing but what is wanted, and what was known of it", async () => {
    await using world = await pretend({});
    const guard = new GuardedFetch({ ...bounds, network: world.network });
    await guard.get("webcal://user.example/secret/a.ics?key=1#part", nothing);
    const [secure] = world.network.dialled;
    expect(secure).toMatchObject({ secure: true, port: 443, serverName: "user.example" });
    await guard.get("http://user.example/a.ics", {
      etag: '"1"',
      lastModified: "Mon, 01 Jan 2029 00:00:00 GMT",
    });
    expect(world.site.requests).toEqual([
      {
        path: "/a.ics",
        headers: {
          accept: "text/calendar",
          connection: "close",
          host: "user.example",
          "if-modified-since": "Mon, 01 Jan 2029 00:00:00 GMT",
          "if-none-match": '"1"',
          "user-agent": "Jarvis",
        },
      },
    ]);
  });

  const encoded = Bun.gzipSync(new Uint8Array(1_024 * 1_024 * 64));
  const bodies: [what: string, answer: () => Response, outcome: object][] = [
    ["exactly the limit", () => new Response("x".repeat(bounds.maxBytes)), { kind: "body" }],
    [
      "a byte more",
      () => new Response("x".repeat(bounds.maxBytes + 1)),
      { kind: "failed", code: "too_large" },
    ],
    ["more than it says", () => new Response(endless()), { kind: "failed", code: "too_large" }],
    ["a bomb (case 88)", () => new Response(encoded, { headers: { "content-encoding": "gzip" } }), refused],
    ["404", () => new Response("", { status: 404 }), { kind: "failed", code: "gone" }],
    ["410", () => new Response("", { status: 410 }), { kind: "failed", code: "gone" }],
    ["401", () => new Response("", { status: 401 }), { kind: "failed", code: "denied" }],
    ["500", () => new Response("", { status: 500 }), refused],
    ["304", () => new Response(null, { status: 304 }), { kind: "unchanged" }],
    ["a part of it", () => new Response("BEGIN", { status: 206 }), refused],
    ["a redirect to nowhere", () => new Response(null, { status: 302 }), refused],
  ];
  test.each(bodies)("an answer of %s", async (_, answer, outcome) => {
    await using world = await pretend({ answer });
    expect(await world.get("http://a.example/")).toMatchObject(outcome);
  });

  const raw: [what: string, answer: string, kind: Fetched["kind"]][] = [
    ["says its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nBEGIN", "body"],
    ["ends with the connection", "HTTP/1.0 200 OK\r\n\r\nBEGIN", "body"],
    ["ends before it should", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nBEGIN", "failed"],
    [
      "ends in the middle of a chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEG",
      "failed",
    ],
    [
      "has little to say before",
      `${"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n".repeat(3)}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nBEGIN`,
      "body",
    ],
    [
      "has much to say before",
      `${"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n".repeat(100)}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nBEGIN`,
      "failed",
    ],
    ["is not HTTP", "SSH-2.0-OpenSSH_9.9\r\n", "failed"],
    ["says nothing", "", "failed"],
    ["has endless headers", `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(100_000)}\r\n`, "failed"],
  ];
  test.each(raw)("a server that %s", async (_, answer, kind) => {
    const server = createServer(
      (socket) => void socket.on("error", () => undefined).once("data", () => socket.end(answer)),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("not listening");
    const network = new PretendedNetwork(onTheInternet, { site: bound.port, trap: 1 });
    const guard = new GuardedFetch({ ...bounds, network });
    expect((await guard.get("http://a.example/", nothing)).kind).toBe(kind);
    server.close();
  });

  test("a server that says nothing but what comes before an answer is left at once, not after ten seconds", async () => {
    const server = createServer((socket) => {
      const hint = "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n";
      const more = () => void (socket.destroyed || socket.write(hint));
      socket.on("error", () => undefined).on("drain", more);
      socket.once("data", () => {
        for (let n = 0; n < 20; n++) more();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("not listening");
    const network = new PretendedNetwork(onTheInternet, { site: bound.port, trap: 1 });
    const guard = new GuardedFetch({ ...bounds, network, clock: movedClock() });
    expect(await guard.get("http://a.example/", nothing)).toEqual(refused);
    server.close();
  });

  test("a server that never answers, drips or never resolves is left after ten seconds", async () => {
    const clock = movedClock();
    const never = Promise.withResolvers<never>();
    await using world = await pretend({ answer: () => never.promise });
    const silent = new GuardedFetch({ ...bounds, network: world.network, clock });
    const waiting = silent.get("http://a.example/", nothing);
    await until(() => world.site.requests.length === 1);
    clock.advance(9_999);
    expect(await Promise.race([waiting, Promise.resolve("waits")])).toBe("waits");
    clock.advance(1);
    expect(await waiting).toEqual(refused);
    const network = { resolve: () => never.promise, open: () => expect.unreachable() };
    const unresolved = new GuardedFetch({ ...bounds, network, clock }).get("http://a.example/", nothing);
    clock.advance(10_000);
    expect(await unresolved).toEqual(refused);
    await using slow = await pretend({ answer: () => new Response(dripping()) });
    const dripped = new GuardedFetch({ ...bounds, network: slow.network, clock }).get(
      "http://a.example/",
      nothing,
    );
    await until(() => slow.site.requests.length === 1);
    clock.advance(10_000);
    expect(await dripped).toEqual(refused);
    expect(clock.pending).toBe(0);
  });

  test("versions come back as they were said, unless they could be something else", async () => {
    const headers = { etag: 'W/"1"', "last-modified": "x".repeat(201) };
    await using world = await pretend({ answer: () => new Response(text, { headers }) });
    expect(await world.get("http://a.example/")).toMatchObject({ etag: 'W/"1"', lastModified: null });
  });

  test("hosts of the own network are read where the operator says so, at the ports that they say", async () => {
    const names: Names = (host) =>
      host === "nas.lan" || host === "pi.lan" ? ["192.168.1.5"] : [publicAddress];
    await using world = await pretend({ names, allowed: ["nas.lan", "pi.lan:8443"] });
    const got = async (url: string) => (await world.get(url)).kind;
    expect(await got("http://nas.lan/a.ics")).toBe("body");
    expect(await got("http://nas.lan:5000/a.ics")).toBe("body");
    expect(await got("http://pi.lan:8443/a.ics")).toBe("body");
    for (const url of [
      "http://pi.lan/",
      "http://pi.lan:8080/",
      "http://me@nas.lan/",
      "http://a.nas.lan:5000/",
    ])
      expect(await got(url), url).toBe("failed");
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
}

/** A byte at every turn of the loop, and no end. */
function dripping(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      controller.enqueue(new Uint8Array(1));
    },
  });
}
