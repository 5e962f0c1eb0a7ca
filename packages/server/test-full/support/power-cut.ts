import { Database as SqliteFile } from "bun:sqlite";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "./random.ts";
import { type CutMode, SimulatedDisk } from "./simulated-disk.ts";
import type { TraceEvent } from "./strace.ts";

export interface Expectation {
  /** The names of what one text sent by the program acknowledges: the body of a 201, a frame, a line. */
  acknowledged(text: string): Iterable<string>;
  /** The names of what a database holds (or, for a removal, rightly lacks). */
  present(db: SqliteFile): Iterable<string>;
  /** What is wrong with a database besides, such as a hole in a sequence. */
  faults?(db: SqliteFile): Iterable<string>;
}

export interface CutOptions {
  readonly database: string;
  /** Per mode, at random instants after the first acknowledgement. */
  readonly images: number;
  readonly seed: number;
}

export interface CutReport {
  readonly mode: CutMode;
  images: number;
  /** Images that lack something acknowledged. */
  lossy: number;
  /** Images that do not open, are not whole, or have faults. */
  broken: number;
  /** The first few, for the eye. */
  readonly examples: string[];
}

const modes = ["none", "random", "all"] as const;

/** Cuts the power at sampled instants of a trace, opens what is left, and looks for all that was acknowledged. */
export function cutPower(
  events: readonly TraceEvent[],
  expected: Expectation,
  options: CutOptions,
): CutReport[] {
  const random = createRandom(options.seed);
  const instants = sampleInstants(events, expected, options.images, random);
  const reports = modes.map((mode): CutReport => ({ mode, images: 0, lossy: 0, broken: 0, examples: [] }));
  const disk = new SimulatedDisk();
  const promised = new Set<string>();
  for (const [index, event] of events.entries()) {
    if (event.kind === "sent") for (const name of expected.acknowledged(event.text)) promised.add(name);
    disk.apply(event);
    if (!instants.has(index)) continue;
    for (const report of reports) {
      inspect(disk.image(report.mode, random), promised, expected, options.database, report, index);
    }
  }
  return reports;
}

function sampleInstants(
  events: readonly TraceEvent[],
  expected: Expectation,
  images: number,
  random: () => number,
): Set<number> {
  const first = events.findIndex(
    (event) => event.kind === "sent" && !isEmpty(expected.acknowledged(event.text)),
  );
  if (first < 0) throw new Error("the trace acknowledges nothing");
  const candidates = Array.from({ length: events.length - first }, (_, i) => first + i);
  if (candidates.length < images) throw new Error(`the trace has only ${candidates.length} instants`);
  const keyed = candidates.map((index) => ({ index, key: random() })).toSorted((a, b) => a.key - b.key);
  return new Set(keyed.slice(0, images).map(({ index }) => index));
}

function isEmpty(names: Iterable<string>): boolean {
  return [...names].length === 0;
}

function inspect(
  image: Map<string, Uint8Array>,
  promised: ReadonlySet<string>,
  expected: Expectation,
  database: string,
  report: CutReport,
  index: number,
): void {
  const { lost, faults } = examine(image, promised, expected, database);
  report.images += 1;
  if (lost.length > 0) report.lossy += 1;
  if (faults.length > 0) report.broken += 1;
  const found = [...lost.map((name) => `lost ${name}`), ...faults];
  if (found.length > 0 && report.examples.length < 3) {
    report.examples.push(`after event ${index}: ${found.slice(0, 5).join(", ")}`);
  }
}

function examine(
  image: Map<string, Uint8Array>,
  promised: ReadonlySet<string>,
  expected: Expectation,
  database: string,
): { lost: string[]; faults: string[] } {
  const directory = mkdtempSync(join(tmpdir(), "jarvis-cut-"));
  try {
    // The shared memory of a WAL is not a file that survives: SQLite makes it anew.
    for (const [file, bytes] of image)
      if (!file.endsWith("-shm")) writeFileSync(join(directory, file), bytes);
    const db = new SqliteFile(join(directory, database));
    try {
      db.run("PRAGMA synchronous = OFF");
      const integrity = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
      const damage = integrity.map((row) => row.integrity_check).filter((text) => text !== "ok");
      const present = new Set(expected.present(db));
      const lost = [...promised].filter((name) => !present.has(name));
      return { lost, faults: [...damage, ...(expected.faults?.(db) ?? [])] };
    } finally {
      db.close();
    }
  } catch (error) {
    return { lost: [...promised], faults: [String(error)] };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
