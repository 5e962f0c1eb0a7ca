import { limits, type UserId } from "@jarvis/contract";
import type { Bus } from "./bus/bus.ts";
import { inProcessBus } from "./bus/in-process.ts";
import type { Config } from "./config.ts";
import { type Database, openDatabase } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { Backlog } from "./lib/backlog.ts";
import { ConnectionCounts } from "./lib/connection-counts.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { type CodeFlow, createCodeFlow } from "./lib/code-flow.ts";
import { createIdTokens, type IdTokens } from "./lib/id-tokens.ts";
import { type Random, secureRandom } from "./lib/ids.ts";
import { createLog, type Log } from "./lib/log.ts";
import { OnlinePeople } from "./lib/online-people.ts";
import { createPasswords, type Passwords } from "./lib/passwords.ts";
import { createRates, type Rates } from "./lib/rates.ts";

/** What every use case is given. There is one for each running server. */
export interface Context {
  readonly config: Config;
  /** Origin that links carry, without a trailing slash. */
  readonly publicUrl: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  readonly log: Log;
  readonly idTokens: IdTokens;
  /** Signs browsers in with the issuers that know this server as their client. */
  readonly codeFlow: CodeFlow;
  readonly passwords: Passwords;
  readonly rates: Rates;
  /** Connections that people hold open on this server. */
  readonly connections: ConnectionCounts;
  /** People whom realtime holds connected. */
  readonly online: OnlinePeople<UserId>;
  /** What has been written and not been delivered yet. */
  readonly backlog: Backlog;
}

export type ContextOverrides = Partial<Pick<Context, "clock" | "random" | "log" | "publicUrl" | "passwords">>;

/** Opens the store, brings it to this version, and puts the parts together. */
export async function createContext(config: Config, overrides: ContextOverrides = {}): Promise<Context> {
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? createLog(config.logLevel);
  const db = await openDatabase(config.databaseUrl, { log, commit: config.commit });
  const migrated = await migrate(db);
  if (migrated.applied.length > 0) log.info({ applied: migrated.applied }, "store migrated");
  return {
    config,
    publicUrl: overrides.publicUrl ?? config.publicUrl ?? `http://localhost:${config.port}`,
    db,
    clock,
    random: overrides.random ?? secureRandom(clock),
    bus: inProcessBus(log),
    log,
    idTokens: createIdTokens(config.issuers, { clock, log }),
    codeFlow: createCodeFlow(config.issuers, { clock, log }),
    passwords: overrides.passwords ?? createPasswords(),
    rates: createRates(config.rateLimits),
    connections: new ConnectionCounts(limits.connectionsPerUser),
    online: new OnlinePeople(),
    backlog: new Backlog(),
  };
}
