import { expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { GuardedFetch } from "../src/lib/guarded-fetch.ts";
import { isPublicAddress } from "../src/lib/public-address.ts";
import { PretendedNetwork, publicAddress, startSite } from "./support/network.ts";

/** Listens on one address of this machine and notes who comes. */
async function listener(address: string, port = 0) {
  const heads: string[] = [];
  const server: Server = createServer((socket) => {
    socket.once("data", (data) => {
      heads.push(data.toString());
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("not listening");
  return { heads, port: bound.port, [Symbol.dispose]: () => void server.close() };
}

test("case 97: what is dialled is the address that was decided on, whatever the name and the environment say", async () => {
  using decided = await listener("127.0.0.5");
  using named = await listener("127.0.0.1", decided.port); // where `localhost` would have led
  using proxy = await listener("127.0.0.6");
  const url = `http://127.0.0.6:${proxy.port}`;
  const script = new URL("./support/dial.ts", import.meta.url).pathname;
  const proxies = { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, https_proxy: url, ALL_PROXY: url };
  const child = Bun.spawn([process.execPath, script, "127.0.0.5", String(decided.port)], {
    env: { ...process.env, ...proxies },
    stdout: "pipe",
  });
  expect((await new Response(child.stdout).text()).trim()).toBe("200");
  expect(decided.heads).toEqual(["GET / HTTP/1.1\r\nHost: calendar.example\r\nConnection: close\r\n\r\n"]);
  expect(named.heads).toEqual([]);
  expect(proxy.heads).toEqual([]);
});

type Host = [host: string, addresses: string[]];

/** Hosts as the WHATWG's URL tests have them, and where they lead: to nowhere, inside, or to the internet. */
const hosts: Host[] = [
  ["cal.example", [publicAddress]],
  ["CAL.EXAMPLE", [publicAddress]],
  ["cal.example.", [publicAddress]],
  ["cal%2eexample", [publicAddress]],
  ["c%61l.example", [publicAddress]],
  ["ｃａｌ.example", [publicAddress]],
  ["cal。example", [publicAddress]],
  ["ca\u00adl.example", [publicAddress]],
  ["faß.example", [publicAddress]],
  ["xn--fa-hia.example", [publicAddress]],
  ["a_b.example", [publicAddress]],
  ["-a-.example", [publicAddress]],
  [publicAddress, [publicAddress]],
  [`${publicAddress}.`, [publicAddress]],
  ["1572394766", [publicAddress]],
  ["0x5DB8D70E", [publicAddress]],
  ["0135.0270.0327.016", [publicAddress]],
  ["93.12113678", [publicAddress]],
  ["93.184.55054", [publicAddress]],
  ["９３.184.215.14", [publicAddress]],
  ["127.0.0.1", []],
  ["127.1", []],
  ["0x7f.1", []],
  ["017700000001", []],
  ["2130706433", []],
  ["4294967295", []],
  ["4294967296", []],
  ["0x100000000", []],
  ["256.256.256.256", []],
  ["1.2.3.4.5", []],
  ["1e2", []],
  ["0..0x1", []],
  ["09.0.0.1", []],
  ["0x", []],
  ["0", []],
  ["%30", []],
  ["①②⑦.⓪.⓪.①", []],
  ["10.0.0.1", []],
  ["169.254.169.254", []],
  ["[::1]", []],
  ["[::]", []],
  ["[::ffff:93.184.215.14]", []],
  ["[::ffff:127.0.0.1]", []],
  ["[64:ff9b::5db8:d70e]", []],
  ["[2002:5db8:d70e::1]", []],
  ["[fe80::1%25lo]", []],
  ["[::1", []],
  ["[1:2:3]", []],
  ["localhost", []],
  ["localhost.", []],
  ["ⓛocalhost", []],
  ["inner.lan", []],
  ["mixed.lan", []],
  ["", []],
  ["a b.example", []],
  ["a<b.example", []],
  ["a^b.example", []],
  ["a%00b.example", []],
  ["%zz.example", []],
  ["..", []],
];

const inside: Record<string, readonly string[]> = {
  localhost: ["127.0.0.1"],
  "localhost.": ["127.0.0.1"],
  "inner.lan": ["10.1.2.3"],
  "mixed.lan": [publicAddress, "10.1.2.3"],
};
const names = (host: string) =>
  inside[host] ?? (host.replace(/\.$/, "").endsWith(".example") ? [publicAddress] : undefined);

/** How an address is put together around its host; whether what comes out may be dialled if the host may. */
const shapes: [wrap: (host: string) => string, dialled: boolean][] = [
  [(host) => `http://${host}/a.ics`, true],
  [(host) => ` \thttp:\n//${host}:80\\a.ics#f `, true],
  [(host) => `http://${host}:443/?a=1`, true],
  [(host) => `http:/${host}/`, true],
  [(host) => `http://me@${host}/`, false],
  [(host) => `http://${host}:22/`, false],
  [(host) => `ftp://${host}/`, false],
  [(host) => `//${host}/`, false],
];

test("case 97: of 200 odd addresses and more, exactly those are dialled that may be, at the address decided on", async () => {
  await using site = startSite(() => new Response("ok"));
  await using trap = startSite(() => new Response("ok"));
  const wrong: string[] = [];
  const cases = hosts.flatMap((host) => shapes.map((shape) => ({ host, shape })));
  expect(cases.length).toBeGreaterThanOrEqual(200);
  for (const { host, shape } of cases) {
    const [[name, addresses], [wrap, isDialled]] = [host, shape];
    const network = new PretendedNetwork(names, { site: site.port, trap: trap.port });
    const guard = new GuardedFetch({ allowed: [], accept: "*/*", maxBytes: 1_024, network });
    const { kind } = await guard.get(wrap(name), { etag: null, lastModified: null });
    const dialled = network.dialled.map(({ address }) => address);
    const expected = isDialled ? addresses : [];
    const decided = kind === "body" ? addresses : [];
    if (
      !Bun.deepEquals(dialled, expected) ||
      !Bun.deepEquals(dialled, decided) ||
      !dialled.every(isPublicAddress)
    )
      wrong.push(`${JSON.stringify(wrap(name))}: ${kind}, dialled ${dialled.join()} of ${expected.join()}`);
  }
  expect(wrong).toEqual([]);
  expect(trap.requests).toEqual([]);
  expect(site.requests.length).toBe(20 * 4);
});
