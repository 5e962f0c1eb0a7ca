import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { serverFrame } from "@jarvis/contract";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";

// Debian's Caddy and nginx with the configurations of the guide: a missing one fails.
const guide = readFileSync(new URL("../../../docs/guide-people.md", import.meta.url), "utf8");
const trustAnyone = { tls: { rejectUnauthorized: false } };

type Configure = (directory: string, port: number, upstream: string) => Promise<string[]>;

/** Caddy with a certificate of its own authority, since none can be fetched for a name that is not ours. */
async function caddy(directory: string, port: number, upstream: string): Promise<string[]> {
  const sample = sampleOf("caddy")
    .replace("jarvis.example.org {", `https://localhost:${port} {\n\ttls internal`)
    .replace("127.0.0.1:3000", upstream);
  const file = join(directory, "Caddyfile");
  await Bun.write(file, `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${sample}`);
  return ["caddy", "run", "--config", file, "--adapter", "caddyfile"];
}

async function nginx(directory: string, port: number, upstream: string): Promise<string[]> {
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const request = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost", "-days", "1"];
  expect(await Bun.spawn(["openssl", ...request, "-keyout", key, "-out", certificate], quiet).exited).toBe(0);
  const sample = sampleOf("nginx")
    .replace("listen 443", `listen 127.0.0.1:${port}`)
    .replace("127.0.0.1:3000", upstream)
    .replace(/ssl_certificate +\S+;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key +\S+;/, `ssl_certificate_key ${key};`);
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const file = join(directory, "nginx.conf");
  await Bun.write(
    file,
    `daemon off;\npid ${join(directory, "pid")};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${folders.join("\n")}\n${sample}}\n`,
  );
  return ["nginx", "-p", directory, "-c", file, "-e", "stderr"];
}

/** Debian puts servers where only root looks for commands. */
const path = `${process.env["PATH"] ?? ""}:/usr/sbin`;
const quiet = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;

test.each<[string, Configure]>([
  ["Caddy", caddy],
  ["nginx", nginx],
])(
  "behind %s as the guide has it, calls and sockets work and metrics stay inside",
  async (_name, configure) => {
    await using directory = await temporaryDirectory();
    const port = await freePort();
    const address = `https://localhost:${port}`;
    await using server = await startProcess(processEnv(directory.path, { JARVIS_PUBLIC_URL: address }));
    const command = await configure(directory.path, port, new URL(server.url).host);
    const environment = {
      PATH: path,
      HOME: directory.path,
      XDG_DATA_HOME: directory.path,
    };
    const proxy = Bun.spawn(command, { ...quiet, env: environment });
    try {
      await reachable(`${address}/health`, proxy);
      const health = await fetch(`${address}/health`, trustAnyone);
      expect(health.headers.get("strict-transport-security")).toBe("max-age=31536000");
      expect((await fetch(`${address}/metrics`, trustAnyone)).status).toBe(404);
      const signUp = await fetch(`${address}/user`, {
        ...trustAnyone,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          email: "ada@example.org",
          password: "correct horse battery",
          username: "Ada",
        }),
      });
      const { response } = (await signUp.json()) as { response: { id: string; token: string } };
      expect(signUp.status).toBe(201);
      expect(await welcomed(`${address.replace("https", "wss")}/realtime`, response.token)).toBe(response.id);
    } finally {
      proxy.kill("SIGTERM");
      await proxy.exited;
    }
  },
  30_000,
);

function sampleOf(language: string): string {
  const sample = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1];
  if (sample === undefined) throw new Error(`the guide has no sample for ${language}`);
  return sample;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was free");
  return address.port;
}

/** Asks again until the proxy answers; a proxy that ended never will. */
async function reachable(url: string, proxy: { exitCode: number | null }): Promise<void> {
  for (;;) {
    if (proxy.exitCode !== null) throw new Error(`the proxy ended with ${proxy.exitCode}`);
    const answer = await fetch(url, trustAnyone).catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Says hello over a socket, and answers whom the server welcomes. */
function welcomed(url: string, token: string): Promise<string> {
  // Bun's WebSocket takes options; the browser's type, which the checker knows, has none.
  const options = { ...trustAnyone, protocols: ["jarvis.v1"] } as unknown as string[];
  const socket = new WebSocket(url, options);
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "hello", token })));
    socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code}`)));
    socket.addEventListener("message", ({ data }) => {
      const frame = serverFrame.parse(JSON.parse(String(data)));
      if (frame.type === "welcome") resolve(frame.user);
      socket.close();
    });
  });
}
