import type { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CutReport, cutPower, type Expectation } from "./support/power-cut.ts";
import { SimulatedDisk } from "./support/simulated-disk.ts";
import { readTrace, straceCommand, type TraceEvent } from "./support/strace.ts";

const writer = new URL("support/acknowledging-writer.ts", import.meta.url).pathname;
const rows = 400;
const images = 300;
const seed = 20;
const timeoutMs = 120_000;

async function traceWriter(engine: "group" | "normal", ...faults: string[]): Promise<TraceEvent[]> {
  const directory = mkdtempSync(join(tmpdir(), "jarvis-trace-"));
  try {
    const data = join(directory, "data");
    mkdirSync(data);
    const program = [process.execPath, writer, engine, join(data, "trial.db"), String(rows)];
    const log = join(directory, "trace.log");
    const run = Bun.spawn(straceCommand(log, program, ...faults), { stdout: "ignore", stderr: "inherit" });
    expect(await run.exited).toBe(0);
    return readTrace(log, data);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const everyRow: Expectation = {
  acknowledged: (text) => [...text.matchAll(/ACK (\d+)/g)].map(([, seq = ""]) => seq),
  present: (db) => sequences(db).map(String),
  faults: (db) => (sequences(db).every((seq, index) => seq === index + 1) ? [] : ["a hole in the sequence"]),
};

function sequences(db: SqliteFile): number[] {
  return db
    .query<{ seq: number }, []>("select seq from row order by seq")
    .all()
    .map(({ seq }) => seq);
}

function cut(events: readonly TraceEvent[]): CutReport[] {
  return cutPower(events, everyRow, { database: "trial.db", images, seed });
}

test(
  "case 20: no power cut takes what was acknowledged",
  async () => {
    const clean = { images, lossy: 0, broken: 0, examples: [] };
    expect(cut(await traceWriter("group"))).toEqual([
      { mode: "none", ...clean },
      { mode: "random", ...clean },
      { mode: "all", ...clean },
    ]);
  },
  timeoutMs,
);

test(
  "case 20, control: the same power cuts find the loss where commits do not wait for the disk",
  async () => {
    const [none, random, all] = cut(await traceWriter("normal"));
    expect(none?.lossy).toBeGreaterThan(images / 2);
    expect(random?.lossy).toBeGreaterThan(images / 2);
    expect(all?.lossy).toBe(0);
  },
  timeoutMs,
);

test(
  "case 22: each group has its fsync, and no acknowledgement leaves before it returned",
  async () => {
    const events = await traceWriter("group");
    const disk = new SimulatedDisk();
    const early: string[] = [];
    let acknowledged = 0;
    let syncs = 0;
    let commits = Number.POSITIVE_INFINITY;
    for (const event of events) {
      disk.apply(event);
      if (event.kind === "sync" && event.file.endsWith("-wal")) syncs += 1;
      if (event.kind !== "sent") continue;
      commits = Number(/COMMITS (\d+)/.exec(event.text)?.[1] ?? commits);
      const names = [...everyRow.acknowledged(event.text)];
      acknowledged += names.length;
      if (disk.hasPending("-wal")) early.push(...names);
    }
    expect(acknowledged).toBe(rows);
    expect(early).toEqual([]);
    expect(commits).toBeLessThan(rows);
    expect(syncs).toBeGreaterThanOrEqual(commits);
  },
  timeoutMs,
);

test(
  "case 24: a commit whose fsync fails is refused, and the next one works",
  async () => {
    const events = await traceWriter("group", "fsync,fdatasync:error=EIO:when=30..260+7");
    const said = events.map((event) => (event.kind === "sent" ? event.text : "")).join("");
    const refused = [...said.matchAll(/REFUSED (\d+)/g)].map(([, seq = ""]) => seq);
    const stored = [...everyRow.acknowledged(said)];
    expect(refused.length).toBeGreaterThan(10);
    expect([...refused, ...stored]).toHaveLength(rows);
    expect(Number(stored.at(-1))).toBe(rows);
    const keepsPromises = { ...everyRow, faults: () => [] };
    const options = { database: "trial.db", images, seed };
    expect(
      cutPower(events, keepsPromises, options).filter(({ lossy, broken }) => lossy + broken > 0),
    ).toEqual([]);
  },
  timeoutMs,
);
