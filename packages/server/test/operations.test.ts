// Runs alone: how long a start takes is measured.
import { expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { processEnv, runJarvis, spawn, startProcess, temporaryDirectory } from "./support/server-process.ts";

const ada = { email: "ada@example.org", password: "correct horse", username: "Ada" };

test("is ready within a second of its start, and says where", async () => {
  await using directory = await temporaryDirectory();
  const startedMs = performance.now();
  await using server = await startProcess(processEnv(directory.path));
  const ready = await fetch(`${server.url}/ready`);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(ready.status).toBe(200);
  expect(server.stderr()).toBe(`Jarvis is ready at ${server.url} (documentation: ${server.url}/docs)\n`);
  for (const line of server.stdout().trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s ends an idle server with 0", async (signal) => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  await (await fetch(`${server.url}/health`)).text(); // leaves a connection open, as browsers do
  server.kill(signal);
  expect(await server.exited).toBe(0);
});

test("a signal during the start ends the server with 0", async () => {
  await using directory = await temporaryDirectory();
  const child = spawn(["serve"], { ...processEnv(directory.path), JARVIS_LOG_LEVEL: "info" });
  const reader = child.stdout.getReader();
  await reader.read(); // "store migrated": it is not listening yet
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("a request under way is answered before the server ends; new ones are refused", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const { port } = new URL(server.url);
  const body = JSON.stringify({ email: "nobody@example.org", password: "correct horse" });
  const client = connect(Number(port), "127.0.0.1");
  const answer = new Promise<string>((resolve, reject) => {
    let text = "";
    client.setEncoding("utf8").on("data", (chunk) => (text += String(chunk)));
    client.on("close", () => resolve(text)).on("error", reject);
  });
  const head = `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  await new Promise<void>((resolve) => client.write(head + body.slice(0, 10), () => resolve()));
  await fetch(`${server.url}/health`); // the server has seen the bytes that were sent before
  server.kill("SIGTERM");
  await refused(server.url);
  client.write(body.slice(10));
  expect(await answer).toStartWith("HTTP/1.1 401");
  expect(await server.exited).toBe(0);
});

test("a second signal ends the server at once, even when a request hangs", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const client = connect(Number(new URL(server.url).port), "127.0.0.1");
  const head =
    "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
  await new Promise<void>((resolve) => client.write(head, () => resolve()));
  await fetch(`${server.url}/health`);
  server.kill("SIGTERM");
  await refused(server.url);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(143);
  client.destroy();
});

test("sockets are told 1012 (restart) when the server drains", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/realtime`, "jarvis.v1");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener("close", (event) => resolve(event.code)),
  );
  server.kill("SIGTERM");
  expect(await closed).toBe(1012);
  expect(await server.exited).toBe(0);
});

test("an error that nothing caught is logged, and ends the server in order with 1", async () => {
  await using directory = await temporaryDirectory();
  const thrower = `${directory.path}/thrower.ts`;
  await Bun.write(thrower, 'process.on("SIGUSR2", () => { throw new Error("thrown for this test"); });');
  await using server = await startProcess(processEnv(directory.path), ["--preload", thrower]);
  server.kill("SIGUSR2");
  expect(await server.exited).toBe(1);
  expect(server.stdout()).toContain('"fatal: the server stops"');
  expect(server.stdout()).toContain("thrown for this test");
  expect(existsSync(`${directory.path}/jarvis.db-wal`)).toBe(false); // the database was closed, not dropped
});

test("a long poll under way is answered at once when the server drains", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const { token } = (await (await post(`${server.url}/user`, ada)).json()).response;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: "Dinner", duration: 3600 });
  const created = await fetch(`${server.url}/event`, { method: "POST", headers, body });
  const { id } = (await created.json()).response;
  const poll = fetch(`${server.url}/chat/${id}/messages?after=0&wait=25`, { headers });
  await fetch(`${server.url}/chat/${id}`, { headers }); // asked later, answered: the poll is waiting by now
  const askedMs = performance.now();
  server.kill("SIGTERM");
  const answer = await poll;
  expect([answer.status, await answer.json()]).toEqual([200, { response: [] }]);
  expect(await server.exited).toBe(0);
  expect(performance.now() - askedMs).toBeLessThan(2_000);
});

test("every wrong setting is one line, all at once, and the exit code is 1", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_PORT: "x", JARVIS_SIGNUP: "maybe", JARVIS_TYPO: "1" });
  const { code, stderr } = await runJarvis(["serve"], env);
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").toSorted()).toEqual([
    "jarvis: JARVIS_PORT must be a port number",
    "jarvis: JARVIS_SIGNUP must be open, invite or closed",
    "jarvis: JARVIS_TYPO is not a setting of this server",
  ]);
});

test("a port in use is one clear line", async () => {
  await using directory = await temporaryDirectory();
  await using other = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const { port } = new URL(server.url);
  const { code, stderr } = await runJarvis(["serve"], processEnv(other.path, { JARVIS_PORT: port }));
  expect(code).toBe(1);
  expect(stderr).toBe("jarvis: the port is in use: stop the program that has it, or set JARVIS_PORT\n");
});

test("a second server on the same data is refused in one line and leaves the first alone", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const { code, stderr } = await runJarvis(["serve"], processEnv(directory.path));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^jarvis: another server uses .*: stop it first\n$/);
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  expect(
    (await runJarvis(["user", "confirm", "nobody@example.org"], processEnv(directory.path))).stderr,
  ).toContain("No account");
});

test("the operator confirms an address and resets a password while the server runs", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path);
  await using server = await startProcess(env);
  const created = await post(`${server.url}/user`, ada);
  expect(created.status).toBe(201);
  const { id, token } = (await created.json()).response;
  const own = { headers: { authorization: `Bearer ${token}` } };
  expect((await runJarvis(["user", "confirm", ada.email], env)).code).toBe(0);
  expect((await (await fetch(`${server.url}/user/${id}`, own)).json()).response.email_confirmed).toBe(true);
  const { stdout, code } = await runJarvis(["user", "reset-password", ada.email], env);
  const password =
    /^New password: (\S+) \(until \d{4}-\d\d-\d\dT\S+Z; its owner sets another before\)\n$/.exec(stdout)?.[1];
  expect(code).toBe(0);
  expect((await fetch(`${server.url}/user/${id}`, own)).status).toBe(401);
  expect((await post(`${server.url}/login`, ada)).status).toBe(401);
  expect((await post(`${server.url}/login`, { email: ada.email, password })).status).toBe(200);
  expect(server.stdout() + server.stderr()).not.toContain(password ?? "");
});

test("the same commands work when no server runs, and after one was killed", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path);
  const server = await startProcess(env);
  expect((await post(`${server.url}/user`, ada)).status).toBe(201);
  server.kill("SIGKILL");
  await server.exited;
  expect(await runJarvis(["user", "confirm", ada.email], env)).toMatchObject({
    code: 0,
    stdout: `${ada.email} is confirmed\n`,
  });
  await using again = await startProcess(env);
  expect(await runJarvis(["user", "confirm", ada.email], env)).toMatchObject({ code: 0 });
  expect((await fetch(`${again.url}/ready`)).status).toBe(200);
});

test("nobody but the server's own user can open the operator's socket or the data", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  for (const file of ["jarvis.db", "jarvis.db.sock"])
    expect(statSync(`${directory.path}/${file}`).mode & 0o777).toBe(0o600);
});

test.each([
  [[]],
  [["start"]],
  [["user"]],
  [["user", "confirm"]],
  [["user", "delete", "x"]],
  [["--loud"]],
  [["serve", "now"]],
])("%j is not understood: usage, exit code 2", async (args) => {
  const { code, stdout, stderr } = await runJarvis(args, processEnv("/nowhere"));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toStartWith("Usage: jarvis <command>");
});

test("help and version are printed; migrate brings a database into being", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path);
  for (const args of [["help"], ["--help"], ["-h"]])
    expect((await runJarvis(args, env)).stdout).toStartWith("Usage: jarvis");
  for (const args of [["version"], ["--version"]])
    expect((await runJarvis(args, env)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await runJarvis(["migrate"], env)).code).toBe(0);
  expect((await runJarvis(["migrate"], env)).code).toBe(0);
  expect(statSync(`${directory.path}/jarvis.db`).size).toBeGreaterThan(0);
});

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** Resolves once the server takes no connection any more. */
async function refused(url: string): Promise<void> {
  for (;;) {
    const reached = await fetch(`${url}/health`, { headers: { connection: "close" } }).then(
      () => true,
      () => false,
    );
    if (!reached) return;
  }
}
