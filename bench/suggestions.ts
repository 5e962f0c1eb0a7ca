import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authenticate } from "../packages/server/src/accounts/service.ts";
import { loadConfig } from "../packages/server/src/config.ts";
import { type Context, createContext } from "../packages/server/src/context.ts";
import { listSuggestions } from "../packages/server/src/schedule/suggestions.ts";
import { seedCalendars } from "../packages/server/test/support/free-time/seed-calendars.ts";
import { seed } from "./seed.ts";

export interface WholeCall {
  readonly people: number;
  /** Of one call: processor time, and the longest time for which nobody else had a turn. */
  readonly cpuMs: number;
  readonly longestMs: number;
}

const people = 1_000;
const days = 56;
const calls = 7;

/** The use case with everything that it reads: 60 own events and an imported calendar of 240 entries of each person. */
export async function measureSuggestions(): Promise<WholeCall> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-bench-"));
  try {
    const databaseUrl = `sqlite:${join(directory, "jarvis.db")}`;
    const users = await seed(databaseUrl, people);
    const event = seedCalendars(join(directory, "jarvis.db"), {
      people: users,
      days,
      own: 60,
      imported: 240,
    });
    const ctx = await createContext(
      loadConfig({ JARVIS_DATABASE_URL: databaseUrl, JARVIS_LOG_LEVEL: "error" }),
    );
    const viewer = await authenticate(ctx, users[0]?.token ?? "");
    const ask = async () => {
      const query = { to: Date.now() / 1_000 + days * 86_400 };
      const found = await listSuggestions(ctx, viewer, event, query);
      if (found.length === 0) throw new Error("there is nothing to suggest");
    };
    const figures = await repeated(ctx, ask);
    await ctx.db.close();
    return { people, ...figures };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function repeated(
  ctx: Context,
  ask: () => Promise<void>,
): Promise<{ cpuMs: number; longestMs: number }> {
  await ask();
  const times: { cpuMs: number; longestMs: number }[] = [];
  for (let call = 0; call < calls; call++) {
    const turns = watchTurns(ctx);
    const before = process.cpuUsage();
    await ask();
    const { user, system } = process.cpuUsage(before);
    times.push({ cpuMs: (user + system) / 1_000, longestMs: turns.stop() });
  }
  return {
    cpuMs: Math.min(...times.map(({ cpuMs }) => cpuMs)),
    longestMs: Math.min(...times.map(({ longestMs }) => longestMs)),
  };
}

/** Takes part in every turn of the event loop, and says how long the longest took. */
function watchTurns({ clock }: Context): { stop(): number } {
  let lastMs = clock.monotonic();
  let longestMs = 0;
  let stopped = false;
  const look = (): void => {
    const nowMs = clock.monotonic();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!stopped) setImmediate(look);
  };
  setImmediate(look);
  return {
    stop() {
      stopped = true;
      look();
      return longestMs;
    },
  };
}
