import { describe, expect, test } from "bun:test";
import { GuardedFetch, type Fetched } from "../src/lib/guarded-fetch.ts";
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

/** Every form in which an address that is not public can be written down, and every way around that. */
export const innerForms = [
  "http://127.0.0.1/",
  "http://127.1/",
  "http://127.0.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://0x7f000001/",
  "http://0x7F.0x0.0x0.0x1/",
  "http://0177.0.0.1/",
  "http://017700000001/",
  "http://127.0.0.1./",
  "http://①②⑦.⓪.⓪.①/",
  "http://１２７.０.０.１/",
  "http://127。0。0。1/",
  "http://127.255.255.254/",
  "http://0/",
  "http://0.0.0.0/",
  "http://0.1.2.3/",
  "http://10.0.0.1/",
  "http://10.255.255.255/",
  "http://012.0.0.1/",
  "http://172.16.0.1/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://0xc0a80001/",
  "http://100.64.0.1/",
  "http://100.127.255.255/",
  "http://169.254.169.254/latest/meta-data/",
  "http://169.254.170.2/v2/credentials/",
  "http://2852039166/",
  "http://0xa9fea9fe/",
  "http://192.0.0.192/",
  "http://192.0.2.1/",
  "http://192.88.99.1/",
  "http://198.18.0.1/",
  "http://198.51.100.7/",
  "http://203.0.113.7/",
  "http://224.0.0.1/",
  "http://239.255.255.250/",
  "http://240.0.0.1/",
  "http://255.255.255.255/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[::127.0.0.1]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[64:ff9b::a9fe:a9fe]/",
  "http://[64:ff9b:1::7f00:1]/",
  "http://[2002:7f00:1::]/",
  "http://[2001:0:7f00:1::]/",
  "http://[fd00:ec2::254]/",
  "http://[fc00::1]/",
  "http://[fe80::1]/",
  "http://[fec0::1]/",
  "http://[ff02::1]/",
  "http://[100::1]/",
  "http://[2001:db8::1]/",
  "http://[3fff::1]/",
  "http://[5f00::1]/",
  "http://localhost/",
  "http://localhost./",
  "http://LOCALHOST/",
  "http://ⓛocalhost/",
  "http://nas.lan/",
  "http://public.example@127.0.0.1/",
  "http://me:secret@public.example/",
  "http://public.example:22/",
  "http://public.example:6379/",
  "http://public.example:8080/",
  "http://127.0.0.1:6379/",
  "file:///etc/passwd",
  "gopher://public.example:6379/_INFO",
  "ftp://public.example/a.ics",
  "data:text/calendar,BEGIN:VCALENDAR",
  "javascript:alert(1)",
  "unix:///var/run/docker.sock",
  "http://",
  "https:///",
  "nonsense",
  "webcal://127.0.0.1/",
  "webcal://[::1]/",
  "//public.example/a.ics",
  "http:\\\\127.0.0.1\\",
  "http://public.example%00.lan/",
  "http://127.0.0.1\t/",
];

const innerNames: Names = (host) => {
  if (host === "localhost" || host === "localhost.") return ["127.0.0.1"];
  if (host === "nas.lan") return ["192.168.1.5"];
  return onTheInternet(host, 0);
};

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
    await using loop = await pretend({ answer: () => to("https://b.example/") });
    expect(await loop.get("http://a.example/")).toEqual(refused); // the site speaks no TLS
    expect(loop.network.dialled.map(({ secure, serverName }) => [secure, serverName])).toEqual([
      [false, "a.example"],
      [true, "b.example"],
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
