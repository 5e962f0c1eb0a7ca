import { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { dentist, ics } from "./support/calendars.ts";
import { startSite } from "./support/network.ts";
import {
  processEnv,
  runJarvis,
  type ServerProcess,
  startProcess,
  temporaryDirectory,
} from "./support/server-process.ts";

// Every one of these is something that a person typed, holds or is; each is used below and none may be in a log.
const secret = {
  email: "canary-email@example.org",
  otherEmail: "canary-other@example.org",
  invited: "canary-invited@example.org",
  password: "canary-password",
  wrongPassword: "canary-wrong-password",
  username: "canary-username",
  event: "canary-event-name",
  description: "canary-description",
  place: "canary-place",
  text: "canary-chat-text",
  edited: "canary-edited-text",
  clientId: "canary-client-id",
  search: "canary-search",
  path: "canary-path",
  query: "canary-query",
  token: "canary-unknown-token",
  idToken: "eyJjYW5hcnkiOjF9.eyJjYW5hcnkiOjJ9.Y2FuYXJ5",
  cookie: "canary-cookie",
  frame: "canary-frame",
  header: "canary-header",
  calendarPath: "canary-calendar-address",
  calendarQuery: "canary-calendar-key",
  calendarTitle: "canary-calendar-title",
  calendarName: "canary-calendar-name",
  latitude: "49.2601734",
  longitude: "-123.2462917",
};

test("case 63: no token, e-mail, text or coordinate is in the log or in the metrics of a busy server", async () => {
  await using directory = await temporaryDirectory();
  await using site = startSite(
    ({ url }) => new Response(calendarText, { status: url.includes("gone") ? 410 : 200 }),
  );
  const env = processEnv(directory.path, {
    JARVIS_LOG_LEVEL: "debug",
    JARVIS_RATE_LIMITS: "off",
    JARVIS_CALENDAR_HOSTS: `127.0.0.1:${site.port}`,
  });
  await using server = await startProcess(env);
  const found = await spendAnEvening(server, env);
  const address = `http://127.0.0.1:${site.port}/${secret.calendarPath}?key=${secret.calendarQuery}`;
  await connectCalendars(asPerson(server, found.token), found.user, address);
  expect(site.requests).toHaveLength(3);
  breakStore(`${directory.path}/jarvis.db`);
  const failed = await asPerson(server, found.token)("GET", `/chat/${found.event}/messages?after=0`);
  expect(failed.status).toBe(500);
  expect(
    (
      await asPerson(server, found.token)("POST", `/chat/${found.event}/messages`, {
        text: secret.text,
        client_id: secret.clientId,
      })
    ).status,
  ).toBe(500);
  const unstored = { url: address, name: secret.calendarName };
  const call = asPerson(server, found.token);
  expect((await call("POST", `/user/${found.user}/calendars`, unstored)).status).toBe(500);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  const written = server.stdout() + server.stderr();
  expect(written.split("\n").length).toBeGreaterThan(30);
  for (const status of [200, 201, 400, 401, 404, 500]) expect(written).toContain(`"status":${status}`);
  expect(written).toContain('"msg":"request failed"');
  for (const [name, value] of Object.entries({ ...secret, ...found.secrets })) {
    expect(written.includes(value), `${name} is in the log`).toBe(false);
    expect(metrics.includes(value), `${name} is in the metrics`).toBe(false);
  }
}, 30_000);

type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<{ status: number; response: Record<string, string> }>;

function asPerson(server: ServerProcess, token: string): Caller {
  return async (method, path, body, headers) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { response?: Record<string, string> }; // every answer is JSON
    return { status: response.status, response: answer.response ?? {} };
  };
}

/** Calls of every kind, right and wrong, over HTTP, sockets and the command line. */
async function spendAnEvening(server: ServerProcess, env: Record<string, string>) {
  const nobody = asPerson(server, secret.token);
  const account = { email: secret.email, password: secret.password, username: secret.username };
  const { response: ada } = await nobody("POST", "/user", account);
  const { response: bob } = await nobody("POST", "/user", { ...account, email: secret.otherEmail });
  const token = ada["token"] ?? "";
  const call = asPerson(server, token);
  const other = asPerson(server, bob["token"] ?? "");
  await nobody("POST", "/user", { ...account, password: secret.wrongPassword });
  await nobody("POST", "/login", { email: secret.email, password: secret.wrongPassword });
  await nobody("POST", "/login", { email: secret.email, jwt_token: secret.idToken });
  await nobody("GET", `/user?q=${secret.search}`);
  await call("GET", `/user?q=${secret.search}`);
  await call("GET", `/${secret.path}?x=${secret.query}`);
  await call("GET", `/event/${secret.path}?x=${secret.query}`, undefined, {
    cookie: secret.cookie,
    "x-canary": secret.header,
  });
  await call("GET", `/user/${ada["id"]}/events?from=${secret.query}`);
  await call("PATCH", `/user/${ada["id"]}`, { username: secret.username, time_zone: secret.path });
  const fix = { latitude: secret.latitude, longitude: secret.longitude };
  const { response: event } = await call("POST", "/event", {
    name: secret.event,
    description: secret.description,
    start_time: Math.floor(Date.now() / 1000),
    duration: 3600,
    place: { name: secret.place, ...fix },
    people: [bob["id"], secret.invited],
  });
  const { id = "" } = event;
  await call("DELETE", `/event/${id}/people/${secret.invited}`);
  await other("PUT", `/event/${id}/rsvp`, { status: "accepted" });
  await call("POST", `/chat/${id}/messages`, { text: secret.text, client_id: secret.clientId });
  await call("POST", `/chat/${id}/messages`, { text: secret.edited, client_id: secret.clientId });
  await call("PATCH", `/chat/${id}/messages/1`, { text: secret.edited });
  await call("POST", `/chat/${id}/messages`, `{"text":"${secret.text}`);
  await call("PUT", `/event/${id}/sharing`, { state: "on", precision: "exact" });
  await call("POST", `/user/${ada["id"]}/location`, fix);
  await call("POST", `/user/${ada["id"]}/location`, {
    latitude: `${secret.latitude}x`,
    longitude: secret.longitude,
  });
  await other("GET", `/event/${id}/locations`);
  await talk(server, token, [
    { type: "send", chat: id, client_id: `${secret.clientId}-2`, text: secret.text },
    { type: "location", ...fix },
    { type: "watch", event: secret.path },
    { type: secret.frame },
  ]);
  await talk(server, secret.token, []);
  await runJarvis(["user", "confirm", secret.invited], env);
  const reset = await runJarvis(["user", "reset-password", secret.otherEmail], env);
  const password = /^New password: (\S+)/.exec(reset.stdout)?.[1] ?? "";
  expect([reset.code, password.length > 8]).toEqual([0, true]);
  const calendar = await readCalendars(server, call, ada["id"] ?? "", id);
  return {
    token,
    user: ada["id"] ?? "",
    event: id,
    secrets: { ...calendar, token, otherToken: bob["token"] ?? "", newPassword: password },
  };
}

const calendarText = ics([...dentist, `SUMMARY:${secret.calendarTitle}`]);

/** Reads, reads again and fails to read an address; imports a file. */
async function connectCalendars(call: Caller, user: string, url: string): Promise<void> {
  const { calendarName: name } = secret;
  const path = `/user/${user}/calendars`;
  const { response, status } = await call("POST", path, { url, name });
  expect(status).toBe(201);
  expect(JSON.stringify(response)).not.toContain(secret.calendarPath);
  expect((await call("POST", `${path}/${response["id"]}/refresh`)).status).toBe(200);
  expect((await call("POST", path, { url: `${url}&gone`, name })).status).toBe(400);
  expect((await call("POST", path, { url: `http://10.0.0.1/${secret.calendarPath}` })).status).toBe(400);
  const type = { "content-type": "text/calendar" };
  expect((await call("POST", `${path}?name=${name}`, calendarText, type)).status).toBe(201);
}

/** The addresses of a calendar are secrets: read rightly, wrongly, with the wrong method, and once they work no more. */
async function readCalendars(server: ServerProcess, call: Caller, user: string, event: string) {
  const { response } = await call("POST", `/user/${user}/calendar`);
  const { url = "", freebusy_url = "", secret = "" } = response;
  const paths = [url, freebusy_url].map((address) => new URL(address).pathname);
  for (const path of [
    ...paths,
    `${paths[0]}.ics`,
    `${paths[0]}/x`,
    `/calendar/${secret}`,
    `/freebusy/${secret}.ics`,
  ])
    for (const method of ["GET", "HEAD", "POST"]) await (await fetch(server.url + path, { method })).text();
  await (await fetch(`${server.url}/event/${event}/calendar.ics`)).text();
  await call("DELETE", `/user/${user}/calendar`);
  for (const path of paths) expect((await fetch(server.url + path)).status).toBe(404);
  const freebusySecret = /freebusy\/(.+)\.ics$/.exec(freebusy_url)?.[1] ?? "";
  expect([secret.length, freebusySecret.length]).toEqual([43, 43]);
  return { calendarSecret: secret, freebusySecret };
}

/** Says hello and the frames, then waits until the server has answered the last one or closed. */
async function talk(server: ServerProcess, token: string, frames: object[]): Promise<void> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/realtime`, "jarvis.v1");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const over = new Promise<void>((resolve) => {
    socket.addEventListener("close", () => resolve());
    socket.addEventListener("message", ({ data }) => String(data).includes('"ref":"last"') && resolve());
  });
  for (const frame of [{ type: "hello", token }, ...frames, { type: "ping", ref: "last" }])
    socket.send(JSON.stringify(frame));
  await over;
  socket.close();
}

/** What an operator's mistake or a bad disk would do: queries fail inside the server, with their text in the error. */
function breakStore(path: string): void {
  const file = new SqliteFile(path);
  file.run("DROP TABLE message");
  file.run("DROP TABLE stream");
  file.close();
}
