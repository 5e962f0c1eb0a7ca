import { expect, test } from "bun:test";
import { rates } from "@jarvis/contract";
import { connect } from "node:net";
import { join } from "node:path";
import { malformed, sound } from "../test/support/framing.ts";
import { RawConnection, statusesIn } from "../test/support/raw.ts";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";

function configuration(directory: string, port: number, server: string): string {
  return `
global
  stats socket ${directory}/haproxy.sock mode 600 level admin
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend people
  bind 127.0.0.1:${port}
  default_backend jarvis
backend jarvis
  server one ${new URL(server).host}
`;
}

/** Asks HAProxy over its socket; null while it does not listen yet. */
function ask(directory: string, command: string): Promise<string | null> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(join(directory, "haproxy.sock"));
    socket.on("connect", () => socket.write(`${command}\n`));
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("error", () => resolve(null)).on("end", () => resolve(text));
  });
}

/** How many requests HAProxy has handed to the server. */
async function forwarded(directory: string): Promise<number> {
  const [head = "", ...rows] = ((await ask(directory, "show stat")) ?? "").split("\n");
  const column = head.split(",").indexOf("req_tot");
  const backend = rows.find((row) => row.startsWith("jarvis,BACKEND,"));
  return Number(backend?.split(",")[column]);
}

/** How many the server has taken as requests, itself asking for this number not counted. */
async function handled(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^jarvis_http_request_duration_seconds_count\{([^}]*)\} (\d+)$/gm)];
  return counts.reduce(
    (sum, [, labels = "", count]) => sum + (labels.includes("/metrics") ? 0 : Number(count)),
    0,
  );
}

async function freePort(): Promise<number> {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

test("case 112: HAProxy and the server count the same requests, whatever is hidden in them", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  await using server = await startProcess(env);
  const port = await freePort();
  const config = join(directory.path, "haproxy.cfg");
  await Bun.write(config, configuration(directory.path, port, server.url));
  const haproxy = Bun.spawn(["haproxy", "-db", "-f", config], { stdout: "pipe", stderr: "pipe" });
  try {
    while ((await ask(directory.path, "show info")) === null) expect(haproxy.exitCode).toBeNull();
    const proxy = `http://127.0.0.1:${port}`;
    const payloads = [...Object.values(malformed), ...Object.values(sound).map(({ send }) => send)];
    let answered = 0;
    let refusedByServer = 0;
    for (let round = 0; round < 3; round++) {
      for (const payload of payloads) {
        using connection = new RawConnection(proxy);
        // What follows must be answered as itself, by whoever is asked, or not at all.
        connection.send(payload).send("GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await Promise.race([connection.ended, Bun.sleep(300)]);
        answered += statusesIn(connection.text).length;
        // Refusals of HAProxy are pages, ours are problem documents, and Bun's have no body. An unknown method makes
        // Bun end the connection, which HAProxy tells as 502.
        refusedByServer +=
          connection.text.match(/HTTP\/1\.1 (?:(?:400|431|505) [^\r]*\r\n(?!content-|cache)|502 )/gi)
            ?.length ?? 0;
      }
    }
    // Connections to the server are shared: a request that was hidden would answer somebody else's.
    for (let i = 0; i < 50; i++) {
      const answer = await fetch(`${proxy}/nowhere-${i}`, { headers: { host: "localhost" } });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    }
    const [sent, taken] = [await forwarded(directory.path), await handled(server.url)];
    process.stdout.write(
      `case 112: ${answered} answers, ${sent} forwarded, ${taken} taken, ${refusedByServer} refused by the server\n`,
    );
    expect(sent).toBeGreaterThan(payloads.length);
    expect(taken + refusedByServer).toBe(sent);
  } finally {
    haproxy.kill();
    await haproxy.exited;
  }
}, 90_000);

test("case 37, case 62: behind HAProxy each caller has their own rate, and what they say of themselves counts for nothing", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_LOG_LEVEL: "error", JARVIS_TRUSTED_PROXIES: "127.0.0.1" });
  await using server = await startProcess(env);
  const port = await freePort();
  const config = join(directory.path, "haproxy.cfg");
  const forwarding = configuration(directory.path, port, server.url).replace(
    "http-reuse always",
    "http-reuse always\n  option forwardfor",
  );
  await Bun.write(config, forwarding);
  const haproxy = Bun.spawn(["haproxy", "-db", "-f", config], { stdout: "pipe", stderr: "pipe" });
  try {
    while ((await ask(directory.path, "show info")) === null) expect(haproxy.exitCode).toBeNull();
    const guess = async (localAddress: string, claimed: string, to = `http://127.0.0.1:${port}`) => {
      using connection = new RawConnection(to, { localAddress });
      const body = JSON.stringify({ email: "ann@example.org", password: "a guess" });
      const head = `POST /login HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: ${claimed}\r\nforwarded: for=${claimed}\r\n`;
      const type = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
      connection.send(head + type + body);
      await connection.until((one) => /\r\n\r\n./s.test(one.text));
      return Number(connection.text.slice(9, 12));
    };
    const { points } = rates.signIn;
    const statuses: number[] = [];
    for (let i = 0; i < 2 * points; i++) statuses.push(await guess("127.0.0.5", `198.51.100.${i}`));
    expect(statuses).toEqual([...Array<number>(points).fill(401), ...Array<number>(points).fill(429)]);
    // Somebody else behind the same proxy, and around it, with the guesser's address as a claim.
    expect(await guess("127.0.0.6", "127.0.0.5")).toBe(401);
    expect(await guess("127.0.0.7", "127.0.0.5", server.url)).toBe(401);
    expect(await guess("127.0.0.5", "127.0.0.8")).toBe(429);
  } finally {
    haproxy.kill();
    await haproxy.exited;
  }
}, 60_000);

test("HAProxy takes the configuration of compose.cluster.yaml", async () => {
  const file = new URL("../../../deploy/haproxy.cfg", import.meta.url).pathname;
  const child = Bun.spawn(["haproxy", "-c", "-f", file], { stdout: "ignore", stderr: "pipe" });
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
    0,
    expect.not.stringContaining("[ALERT]"),
  ]);
});
