import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { calendarProcesses, zombiesOf } from "./support/calendar-children.ts";
import { memoryOf } from "./support/client.ts";
import { startCalendarSite } from "./support/storm/calendars.ts";
import { join, type Place } from "./support/storm/register.ts";
import { brewWithSite, faultsIn } from "./support/storm/storm.ts";

const seconds = Number(process.env["SOAK_SECONDS"] ?? 60);
const bars = { walMb: 64, grownMb: 60, handles: 12 };

const sync = `<?xml version="1.0"?><d:sync-collection xmlns:d="DAV:"><d:sync-token>TOKEN</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>`;

interface Sample {
  rssMb: number;
  handles: number;
  processes: number;
  zombies: number;
  walMb: number;
}

test("case 62: calendars read, feeds fetched, CalDAV synchronised and votes cast for long leave nothing behind", async () => {
  await using directory = await temporaryDirectory();
  await using site = startCalendarSite();
  const env = processEnv(directory.path, {
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "error",
    JARVIS_CALENDAR_HOSTS: site.host,
  });
  await using server = await startProcess(env);
  const place: Place = { url: server.url };
  const registers = await brewWithSite(place, site);
  const eve = await join(place, "eve");
  for (let n = 0; n < 20; n++)
    await eve.call("POST", "/event", { name: "x", duration: 3_600, start_time: startOf(n) });
  const feed = (await eve.call("POST", `/user/${eve.id}/calendar`)).response;
  const counts = new Map<string, number>();
  const failed: string[] = [];
  const endMs = performance.now() + seconds * 1_000;
  const again = async (name: string, everyMs: number, deed: () => Promise<number>) => {
    while (performance.now() < endMs) {
      const status = await deed();
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (status >= 300) failed.push(`${name}: ${status}`);
      await Bun.sleep(everyMs);
    }
  };
  const fetched = async (url: string) => {
    const answer = await fetch(server.url + new URL(url).pathname);
    await answer.bytes();
    return answer.status;
  };
  let token = "";
  const synced = async () => {
    const answer = await fetch(`${server.url}/dav/${eve.id}/events/`, {
      method: "REPORT",
      headers: { authorization: `Basic ${btoa(`jarvis:${feed.secret}`)}`, "content-type": "application/xml" },
      body: sync.replace("TOKEN", token),
    });
    token = /sync-token>([^<]+)</.exec(await answer.text())?.[1] ?? "";
    return answer.status;
  };
  let added = 20;
  const planned = async () => {
    const body = { name: "x", duration: 3_600, start_time: startOf(added++ % 200) };
    const { response } = await eve.call("POST", "/event", body);
    return (await eve.call("DELETE", `/event/${response.id}`)).status;
  };
  const samples: Sample[] = [];
  const sampled = async () => {
    const { nowMiB } = await memoryOf(server.pid);
    samples.push({
      rssMb: nowMiB,
      handles: readdirSync(`/proc/${server.pid}/fd`).length,
      processes: calendarProcesses(server.pid).length,
      zombies: zombiesOf(server.pid).length,
      walMb: statSync(`${directory.path}/jarvis.db-wal`).size / 1_048_576,
    });
    return 200;
  };
  await Promise.all([
    ...registers.map((register) => again(register.name, 100, () => register.step())),
    again("feeds fetched", 50, () => fetched(feed.url)),
    again("free/busy fetched", 100, () => fetched(feed.freebusy_url)),
    again("synchronised", 100, synced),
    again("planned", 1_000, planned),
    again("sampled", 2_000, sampled),
  ]);
  const half = samples.slice(Math.floor(samples.length / 2));
  const most = (of: (sample: Sample) => number) => Math.max(...samples.map(of));
  const least = (from: Sample[]) => Math.min(...from.map(({ rssMb }) => rssMb));
  const grownMb = least(half.slice(-5)) - least(half.slice(0, 5));
  process.stdout.write(
    `soak: ${seconds} s; ${[...counts].map(([name, count]) => `${count} ${name}`).join(", ")}\n` +
      `soak: RSS ${samples.map(({ rssMb }) => rssMb.toFixed(0)).join(" ")}; in the second half ${grownMb.toFixed(1)} MB more; ` +
      `handles ${samples[2]?.handles} to ${samples.at(-1)?.handles}, at most ${most(({ handles }) => handles)}; ` +
      `at most ${most(({ processes }) => processes)} processes, ${most(({ zombies }) => zombies)} zombies, ${most(({ walMb }) => walMb).toFixed(1)} MB of log\n`,
  );
  expect(failed.slice(0, 5)).toEqual([]);
  expect(most(({ processes }) => processes)).toBeLessThanOrEqual(2);
  expect(most(({ walMb }) => walMb)).toBeLessThan(bars.walMb);
  expect((samples.at(-1)?.handles ?? 0) - (samples[2]?.handles ?? 0)).toBeLessThan(bars.handles);
  expect(grownMb).toBeLessThan(bars.grownMb);
  expect(
    server
      .stderr()
      .split("\n")
      .filter((line) => line.includes('"error"')),
  ).toEqual([]);
  const children = calendarProcesses(server.pid);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(children.filter((pid) => isAlive(pid))).toEqual([]);
  expect(faultsIn(directory.path, registers)).toEqual([]);
}, 400_000);

function startOf(day: number): number {
  return (Math.floor(Date.now() / 3_600_000) + 48 + 24 * day) * 3_600;
}

/** A process that has ended and that nobody has asked about is none. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1") !== "";
  } catch {
    return false;
  }
}
