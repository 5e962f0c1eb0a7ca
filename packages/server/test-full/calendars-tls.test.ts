import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "jarvis-tls-"));
  const name = ["-subj", "/CN=calendar.example", "-addext", "subjectAltName=DNS:calendar.example"];
  const files = ["-keyout", `${directory}/key.pem`, "-out", `${directory}/cert.pem`];
  const made = Bun.spawnSync([
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "30",
    ...files,
    ...name,
  ]);
  expect(made.exitCode).toBe(0);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Dials a server with a certificate for `calendar.example` by its address, as the guard does, in a process of its own. */
async function dialled(serverName: string, trusted: boolean): Promise<{ said: string; served: string[] }> {
  const served: string[] = [];
  using server = Bun.serve({
    hostname: "127.0.0.5",
    port: 0,
    tls: { cert: Bun.file(`${directory}/cert.pem`), key: Bun.file(`${directory}/key.pem`) },
    fetch(request) {
      served.push(request.headers.get("host") ?? "");
      return new Response("ok");
    },
  });
  const script = new URL("../test/support/dial.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, script, "127.0.0.5", String(server.port), serverName], {
    env: { ...process.env, ...(trusted ? { NODE_EXTRA_CA_CERTS: `${directory}/cert.pem` } : {}) },
    stdout: "pipe",
  });
  return { said: (await new Response(child.stdout).text()).trim(), served };
}

test("case 97: an address that is dialled has to prove the name that it was found by", async () => {
  expect(await dialled("calendar.example", true)).toEqual({ said: "200", served: ["calendar.example"] });
  for (const [name, trusted] of [
    ["other.example", true],
    ["calendar.example", false],
  ] as const) {
    const { said, served } = await dialled(name, trusted);
    expect(said).toContain("certificate");
    expect(served).toEqual([]);
  }
});
