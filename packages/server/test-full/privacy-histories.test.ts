import { expect, test } from "bun:test";
import { join } from "node:path";

const seed = Number(process.env["PRIVACY_SEED"] ?? Math.floor(Math.random() * 2 ** 30));
const many = Number(process.env["HISTORIES"] ?? 20_000);
const script = join(import.meta.dir, "support", "privacy-shard.ts");

interface Outcome {
  total: number;
  refused: number;
  heard: { frames: number; positions: number; demanded: number };
  told: string;
}

/** Runs some of the histories; a failure brings along its seed and its steps, as few as they can be made. */
async function shard(part: number, runs: number, looks: string, listening: string): Promise<Outcome> {
  const args = [String(seed + part), String(runs), looks, listening];
  const child = Bun.spawn([process.execPath, script, ...args], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  if ((await child.exited) !== 0) throw new Error(`histories of seed ${seed + part}: ${out}\n${err}`);
  return JSON.parse(out) as Outcome; // as the script prints it
}

function tell(what: string, outcomes: Outcome[]): void {
  for (const [part, outcome] of outcomes.entries())
    process.stdout.write(
      `${what}: PRIVACY_SEED=${seed} part ${part}: ${outcome.told}; ${JSON.stringify(outcome.heard)}\n`,
    );
}

test(`shows no position to anybody not entitled at that instant, in ${many} random histories (cases 55, 56)`, async () => {
  const outcomes = await Promise.all([0, 1].map((part) => shard(part, many / 2, "2", "unheard")));
  tell("privacy histories", outcomes);
  for (const { total, refused } of outcomes) {
    expect(total).toBeGreaterThan(many / 2);
    expect(refused).toBeGreaterThan(many / 20);
  }
}, 1_200_000);

test("shows none on any path to anybody after any step, and sends none, in histories watched in full", async () => {
  const [looked, heard] = await Promise.all([
    shard(2, many / 100, "all", "unheard"),
    shard(3, many / 100, "0", "heard"),
  ]);
  tell("privacy histories watched in full", [looked, heard]);
  expect(looked.total).toBeGreaterThan(many / 20);
  expect(heard.heard.positions).toBeGreaterThan(many / 50);
}, 600_000);

function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return new Response(stream).text();
}
