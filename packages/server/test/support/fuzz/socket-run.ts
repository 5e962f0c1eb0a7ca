import { clientFrame, limits, type Persona, serverFrame } from "@jarvis/contract";
import * as fc from "fast-check";
import type { z } from "zod";
import { type Cast, seedCast } from "../matrix/cast.ts";
import { connect, TestSocket } from "../socket.ts";
import type { World } from "../world.ts";
import type { Report } from "./http-run.ts";
import { type Id, id, withIds } from "./ids.ts";
import { oftenMutated } from "./values.ts";

const slowMs = 1_000;
const batch = 100;
const callers: readonly Persona[] = ["owner", "accepted", "invited", "stranger"];
const strictFrames = new Map<string, z.ZodType>(
  serverFrame.options.map((option) => [option.shape.type.value, option.strict()]),
);

interface Draft {
  value: unknown;
  fields: Readonly<Record<string, Id>>;
  text: string | null;
  binary: boolean;
}

/** Text that is no frame at all ends the connection, so it is rare. */
const notFrames = [
  "",
  "{",
  "null",
  "[]",
  "1",
  '"ping"',
  "\u0000",
  "x".repeat(limits.frameBytes + 1),
  "[".repeat(9_000),
];

const frame: fc.Arbitrary<Draft> = fc.oneof(
  ...clientFrame.options.map((option) =>
    fc.record<Draft>({
      value: oftenMutated(option),
      fields: fc.record({ chat: id, event: id, token: id }),
      text: fc.oneof(
        { weight: 80, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom(...notFrames) },
      ),
      binary: fc.integer({ min: 0, max: 199 }).map((chance) => chance === 0),
    }),
  ),
);

/** Sends so many frames from one seed over as many connections as it takes. */
export async function fuzzSocket(world: World, seed: number, count: number): Promise<Report> {
  const report: Report = { faults: [], outcomes: new Map() };
  for (let first = 0; first < count; first += batch) {
    const drafts = fc.sample(frame, { seed: seed + first, numRuns: Math.min(batch, count - first) });
    const persona = callers[(first / batch) % callers.length] ?? "owner";
    const cast = await seedCast(world.server.ctx, persona, "open");
    await sendAll(world, cast, drafts, report);
  }
  return report;
}

async function sendAll(world: World, cast: Cast, drafts: readonly Draft[], report: Report): Promise<void> {
  let socket = await connect(world.url, cast.me);
  for (const [index, draft] of drafts.entries()) {
    const text = draft.text ?? JSON.stringify(withIds(draft.value, draft.fields, cast)) ?? "";
    const sent = draft.binary ? new TextEncoder().encode(text) : text;
    if (index % 10 === 0) await sendFirst(world, sent, report);
    socket.send(sent);
    const began = performance.now();
    const closed = await settled(socket);
    const tookMs = performance.now() - began;
    judge(socket, text, tookMs, report);
    if (closed === null) continue;
    count(report, `closed ${closed}`);
    if (!expectedCloses.has(closed)) report.faults.push(`${text.slice(0, 500)}: closed with ${closed}`);
    socket = await connect(world.url, cast.me);
  }
  await socket[Symbol.asyncDispose]();
}

/** As the first frame of a connection: none of these carries a token that is anybody's, so it ends. */
async function sendFirst(
  world: World,
  sent: string | Uint8Array<ArrayBuffer>,
  report: Report,
): Promise<void> {
  await using socket = await new TestSocket(world.url).opened();
  const began = performance.now();
  socket.send(sent);
  const closed = await socket.closed;
  judge(socket, String(sent), performance.now() - began, report);
  count(report, `closed ${closed} at once`);
  if (!expectedCloses.has(closed)) report.faults.push(`${String(sent).slice(0, 500)}: closed with ${closed}`);
}

const expectedCloses = new Set([1009, 4400, 4401, 4413]);

/** Once the server has looked at everything: null, or with what it closed the connection. */
async function settled(socket: TestSocket): Promise<number | null> {
  const flushed = socket.flushed().then(
    () => null,
    () => socket.closed,
  );
  return Promise.race([flushed, socket.closed]);
}

function judge(socket: TestSocket, text: string, tookMs: number, report: Report): void {
  const note = (what: string) => report.faults.push(`${text.slice(0, 500)}: ${what}`);
  if (tookMs > slowMs) note(`took ${Math.round(tookMs)} ms`);
  for (const got of socket.frames.splice(0)) {
    count(report, got.type === "error" ? got.code : got.type);
    if (got.type === "error" && (got.code === "internal" || got.code === "unavailable")) note(got.code);
    const strict = strictFrames.get(got.type);
    if (strict === undefined || !strict.safeParse(got).success)
      note(`off the schema of a frame: ${JSON.stringify(got)}`);
  }
}

function count({ outcomes }: Report, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}
