import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { until } from "../test/support/photos.ts";
import { dentist, ics } from "../test/support/calendars.ts";
import {
  processEnv,
  type ServerProcess,
  startProcess,
  temporaryDirectory,
} from "../test/support/server-process.ts";
import { calendarProcesses, capTasks, zombiesOf } from "./support/calendar-children.ts";
import { call, type Person, signUp } from "./support/client.ts";
import { createRandom } from "./support/random.ts";

const hour = 3_600;
const settings = { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" };

interface Answer {
  status: number;
  id: string;
}

async function importFile(url: string, { id, token }: Person): Promise<Answer> {
  const answer = await fetch(`${url}/user/${id}/calendars`, {
    method: "POST",
    headers: { "content-type": "text/calendar", authorization: `Bearer ${token}` },
    body: ics(dentist),
  });
  const { response } = await answer.json();
  return { status: answer.status, id: response?.id };
}

async function newSeries(person: Person): Promise<Answer> {
  const start_time = (Math.floor(Date.now() / 1_000 / hour) + 24) * hour;
  const body = {
    name: "Run",
    start_time,
    duration: hour,
    recurrence: "FREQ=WEEKLY;COUNT=3",
    time_zone: "UTC",
  };
  const { status, response } = await person.call("POST", "/event", body);
  return { status, id: response?.id };
}

async function expectWorking(server: ServerProcess, person: Person): Promise<void> {
  expect((await call(server.url, "GET", "/ready")).status).toBe(200);
  const { status, id } = await importFile(server.url, person);
  expect(status).toBe(201);
  expect((await person.call("DELETE", `/user/${person.id}/calendars/${id}`)).status).toBe(200);
  expect((await newSeries(person)).status).toBe(201);
}

test("case 88: processes that are killed in the middle of jobs cost nobody an answer, and leave nothing half done", async () => {
  const seed = Number(process.env["CHAOS_SEED"] ?? Date.now() % 1e9);
  process.stdout.write(`calendar processes: seed ${seed}\n`);
  const random = createRandom(seed);
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path, settings));
  const people = [];
  for (let i = 0; i < 6; i++) people.push(await signUp(server.url, `person-${i}`));
  const statuses = new Map<string, number>();
  const stored = new Set<string>();
  const series: { person: Person; id: string }[] = [];
  let kills = 0;
  const isEnough = () => kills > 12;
  const over = new AbortController();
  const killing = (async () => {
    while (!over.signal.aborted) {
      await Bun.sleep(20 + 200 * random()); // the instant is what is tried
      const [pid] = calendarProcesses(server.pid);
      if (pid === undefined) continue;
      process.kill(pid, "SIGKILL");
      kills++;
    }
  })();
  const count = (what: string, { status }: Answer) =>
    statuses.set(`${what} ${status}`, (statuses.get(`${what} ${status}`) ?? 0) + 1);
  await Promise.all(
    people.map(async (person) => {
      // On a quick machine 60 are done before enough have been hit.
      for (let i = 0; i < 60 || (!isEnough() && i < 1_000); i++) {
        const calendar = await importFile(server.url, person);
        count("import", calendar);
        if (calendar.status === 201) {
          if (i % 4 === 0 && stored.size < 60) stored.add(calendar.id);
          else await person.call("DELETE", `/user/${person.id}/calendars/${calendar.id}`);
        }
        const made = await newSeries(person);
        count("series", made);
        if (made.status === 201) series.push({ person, id: made.id });
      }
    }),
  );
  over.abort();
  await killing;
  process.stdout.write(`${kills} kills; ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  expect(kills).toBeGreaterThan(10);
  expect([...statuses.keys()].filter((key) => !/ (?:201|503)$/.test(key))).toEqual([]);
  // One that was killed once is done again by another process: refusals are for those that were hit twice.
  expect((statuses.get("import 503") ?? 0) + (statuses.get("series 503") ?? 0)).toBeLessThan(kills / 2);
  const there = new Set<string>();
  for (const person of people) {
    const calendars = (await person.call("GET", `/user/${person.id}/calendars`)).response;
    for (const calendar of calendars) {
      expect(calendar).toMatchObject({ state: "ok", events: 1 });
      there.add(calendar.id);
    }
  }
  expect(there).toEqual(stored);
  for (const { person, id } of series) {
    const rows = (await person.call("GET", `/user/${person.id}/events?series=${id}`)).response;
    expect(rows).toHaveLength(3);
  }
  await expectWorking(server, people[0] as Person);
  await until(() => zombiesOf(server.pid).length === 0);
  expect(calendarProcesses(server.pid).length).toBeLessThanOrEqual(2);
}, 90_000);

test("case 88: where no process can be started, jobs are refused for now, and all goes on once it can", async () => {
  using cap = capTasks();
  if (cap === null) {
    process.stdout.write("no control group can be made here: nothing was tried\n");
    return;
  }
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path, settings), [], cap.wrapper);
  const ann = await signUp(server.url, "ann");
  cap.limit(0);
  for (let i = 0; i < 5; i++) {
    expect((await importFile(server.url, ann)).status).toBe(503);
    expect((await newSeries(ann)).status).toBe(503);
  }
  expect(cap.refused()).toBeGreaterThan(0);
  cap.limit(null);
  await expectWorking(server, ann);
  // Now they live: the one that is killed has no successor.
  cap.limit(0);
  const [pid = 0] = calendarProcesses(server.pid);
  process.kill(pid, "SIGKILL");
  await until(() => !calendarProcesses(server.pid).includes(pid));
  const answers = await Promise.all([1, 2, 3, 4].map(() => newSeries(ann)));
  for (const { status } of answers) expect([201, 503]).toContain(status);
  cap.limit(null);
  await expectWorking(server, ann);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
}, 60_000);

test("case 88: with no file descriptor left jobs are refused for now, nothing ends, and all goes on once there are some", async () => {
  await using directory = await temporaryDirectory();
  const wrapper = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"];
  await using server = await startProcess(processEnv(directory.path, settings), [], wrapper);
  const ann = await signUp(server.url, "ann");
  const occupied: Bun.Socket[] = [];
  const ignore = { data() {}, error() {}, connectError() {} };
  const { hostname, port } = new URL(server.url);
  for (let i = 0; i < 300; i++) {
    const socket = await Bun.connect({ hostname, port: Number(port), socket: ignore });
    socket.write("GET /health HTTP/1.1\r\n"); // who says nothing is not taken in
    occupied.push(socket);
  }
  // Of the connection that is there already.
  const refused = new Set<number>();
  await until(async () => {
    const { status } = await importFile(server.url, ann);
    refused.add(status);
    return status === 503;
  });
  expect(readdirSync(`/proc/${server.pid}/fd`)).toHaveLength(256);
  expect((await newSeries(ann)).status).toBe(503);
  expect([...refused].filter((status) => status !== 503 && status !== 201)).toEqual([]);
  for (const socket of occupied) socket.terminate();
  await until(async () => (await newSeries(ann)).status === 201);
  await expectWorking(server, ann);
}, 60_000);

test("case 76: with jobs under way it drains within 10 s, and nothing of it is left; nor when it is killed", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (let round = 0; round < 5; round++) {
      await using directory = await temporaryDirectory();
      await using server = await startProcess(processEnv(directory.path, settings));
      const ann = await signUp(server.url, "ann");
      const jobs = [1, 2, 3].map(() => newSeries(ann).catch(() => null));
      // Also while a process is only just starting.
      if (round > 0) await until(() => calendarProcesses(server.pid).length > 0);
      if (round > 2) await Promise.all(jobs);
      const [stopped] = calendarProcesses(server.pid);
      if (round === 4 && stopped !== undefined && signal === "SIGTERM") process.kill(stopped, "SIGSTOP");
      const more = newSeries(ann).catch(() => null);
      const children = calendarProcesses(server.pid);
      const askedMs = performance.now();
      server.kill(signal);
      const code = await server.exited;
      expect(performance.now() - askedMs).toBeLessThan(10_000);
      if (signal === "SIGTERM") expect(code).toBe(0);
      await Promise.all([...jobs, more]);
      // Who has lost the server ends by itself.
      await until(() => calendarProcesses().every((pid) => !children.includes(pid)));
    }
  }
}, 90_000);
