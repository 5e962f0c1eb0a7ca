import { expect, test } from "bun:test";
import { ingestProtocols } from "@jarvis/contract";
import { ownTracksFix, sendAs } from "./support/devices.ts";
import { signUpAt } from "./support/server-account.ts";
import { processEnv, runJarvis, startProcess, temporaryDirectory } from "./support/server-process.ts";

const where = { latitude: 49.2601734, longitude: -123.2462917 };
const canaries = [
  "49.2601734",
  "123.2462917",
  "canary-region",
  "canary-device",
  "canary-user",
  "canary-cell",
];

test("case 63: no token and no coordinate of a phone is in the log or in the metrics, whatever it sends", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_LOG_LEVEL: "debug", JARVIS_RATE_LIMITS: "off" });
  await using server = await startProcess(env);
  const ann = await signUpAt(server.url, "ann");
  const made = await ann.call("POST", `/user/${ann.id}/devices`, { name: "canary-device", friends: true });
  const token: string = made.response.token;
  const removed = (await ann.call("POST", `/user/${ann.id}/devices`, { name: "canary-device" })).response;
  expect((await ann.call("DELETE", `/user/${ann.id}/devices/${removed.id}`)).status).toBe(200);
  const fix = ownTracksFix(where, Date.now(), { tag: "canary-region", topic: "owntracks/canary-user/x" });
  const query = `lat=${where.latitude}&lon=${where.longitude}&id=canary-device&cell=canary-cell`;
  const bodies = [
    fix,
    fix.slice(0, -1),
    `${fix}x`,
    fix.replace("49.", "149."),
    "canary-region",
    "",
    `[${fix}]`,
  ];
  const statuses = new Set<number>();
  for (const protocol of ingestProtocols) {
    for (const how of ["basic", "bearer", "path", null] as const) {
      for (const each of [token, removed.token, `${token}x`])
        for (const body of bodies)
          statuses.add((await sendAs(server, each, protocol, { how, body, query })).status);
    }
    for (const path of [`/${token}/canary-user`, `/canary-user/${token}`, `/${token}/`])
      statuses.add(
        (await fetch(`${server.url}/ingest/${protocol}${path}?${query}`, { method: "PROPFIND" })).status,
      );
    statuses.add((await sendAs(server, token, protocol, { body: "x".repeat(2_000_000) })).status);
  }
  expect([...statuses].toSorted()).toEqual([200, 401, 405]);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('jarvis_ingest_points_total{protocol="owntracks",outcome="newest"}');
  expect(metrics).toContain('route="/ingest/osmand",method="POST",status="4xx"');
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  const written = server.stdout() + server.stderr();
  expect(written).toContain('"route":"/ingest/owntracks"');
  for (const secret of [token, removed.token, ...canaries]) {
    expect(written.includes(secret), `${secret} is in the log`).toBe(false);
    expect(metrics.includes(secret), `${secret} is in the metrics`).toBe(false);
  }
}, 60_000);

test("case 101: a restore brings back no device that was removed since the backup, and keeps the others", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path);
  const copy = `${directory.path}/copy.db`;
  const server = await startProcess(env);
  const ann = await signUpAt(server.url, "ann");
  const make = async () => (await ann.call("POST", `/user/${ann.id}/devices`, { name: "Phone" })).response;
  const [kept, removed] = [await make(), await make()];
  expect((await runJarvis(["backup", copy], env)).code).toBe(0);
  await ann.call("DELETE", `/user/${ann.id}/devices/${removed.id}`);
  server.kill("SIGTERM");
  await server.exited;
  expect((await runJarvis(["restore", copy], env)).code).toBe(0);
  await using again = await startProcess(env);
  const post = async (token: string) =>
    (await sendAs(again, token, "owntracks", { body: ownTracksFix(where, Date.now()) })).status;
  expect([await post(kept.token), await post(removed.token)]).toEqual([200, 401]);
}, 60_000);
