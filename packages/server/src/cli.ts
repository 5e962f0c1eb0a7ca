import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError, loadConfig } from "./config.ts";
import { type Context, createContext, openBlobs } from "./context.ts";
import { copyStore } from "./db/copy/copy.ts";
import { openDatabase } from "./db/database.ts";
import { restore } from "./db/restore.ts";
import { databaseFile } from "./db/local-files.ts";
import {
  askServer,
  type OperatorAnswer,
  type OperatorCommand,
  runBackup,
  runOperatorCommand,
} from "./http/control.ts";
import { version } from "./http/version.ts";
import { BlobDeletions } from "./lib/blob-deletions.ts";
import { systemClock } from "./lib/clock.ts";
import { createLog } from "./lib/log.ts";
import { serve } from "./main.ts";
import { bringPhotosBack } from "./photos/backup.ts";
import { eraseReturned } from "./privacy/service.ts";

const usage = `Usage: jarvis <command>

  serve                         Start the server (settings: JARVIS_* variables, see the README)
  migrate                       Bring the database to this version, then end
  user confirm <email>          Confirm the e-mail address that an account gave
  user reset-password <email>   Give an account a password for 24 hours and end its sessions
  backup <file>                 Write a checked copy of the database into a new file, and of the photos into
                                <file>.photos, also while the server runs
  restore <file>                Put a backup in the place of the database and photos; the server must not run
  copy <from> <to>              Copy a whole store into an empty one, sqlite:<path> or postgres://…, and compare both;
                                no server may run on either
  version                       Print the version
  help                          Print this
`;

type Env = Record<string, string | undefined>;

const failed = 1;
const misused = 2;

/** Gives the exit code: 0 done, 1 failed, 2 not understood. */
async function run(args: string[], env: Env): Promise<number> {
  const words = wordsOf(args);
  const [command = "", second, email, ...rest] = words ?? [];
  if (command === "user" && isUserCommand(second) && email !== undefined && rest.length === 0)
    return changeUser(env, { command: second, email });
  if (command === "backup" && second !== undefined && email === undefined) return backup(env, second);
  if (command === "restore" && second !== undefined && email === undefined) return restoreFrom(env, second);
  if (command === "copy" && second !== undefined && email !== undefined && rest.length === 0)
    return copy(env, second, email);
  if (second !== undefined) return misuse();
  if (command === "serve") return serve(env);
  if (command === "migrate") return migrate(env);
  if (command === "help") return say(usage.trimEnd());
  if (command === "version") return say(version);
  return misuse();
}

function wordsOf(args: string[]): string[] | null {
  try {
    const options = {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (values.help) return ["help"];
    return values.version ? ["version"] : positionals;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // TypeError is how parseArgs refuses an unknown option
    return null;
  }
}

function isUserCommand(word: string | undefined): word is "confirm" | "reset-password" {
  return word === "confirm" || word === "reset-password";
}

/** Through the server where one runs, since it alone may have the database open; else by opening it here. */
async function changeUser(env: Env, command: OperatorCommand): Promise<number> {
  const { databaseUrl } = loadConfig(env);
  const answer =
    (await askServer(databaseUrl, command)) ??
    (await withContext(env, (ctx) => runOperatorCommand(ctx, command)));
  return report(answer);
}

/** Without a server the file is copied as it is, of whatever version. */
async function backup(env: Env, target: string): Promise<number> {
  const config = loadConfig(env);
  const { databaseUrl, logLevel } = config;
  const file = resolve(target);
  const source = databaseFile(databaseUrl);
  const answer = await askServer(databaseUrl, { command: "backup", file });
  if (answer !== null) return report(answer);
  if (!existsSync(source)) throw new Error("there is no database to back up");
  const log = createLog(logLevel);
  const db = await openDatabase(databaseUrl, { log, checked: true });
  const blobs = openBlobs(config, systemClock);
  try {
    return report(await runBackup(db, { blobs, deletions: new BlobDeletions(blobs, log) }, file));
  } finally {
    await db.close();
  }
}

async function restoreFrom(env: Env, file: string): Promise<number> {
  const config = loadConfig(env);
  const { databaseUrl, logLevel } = config;
  databaseFile(databaseUrl);
  const blobs = openBlobs(config, systemClock);
  const { aside, carried } = await restore(databaseUrl, file, createLog(logLevel), (source, kept) =>
    bringPhotosBack(blobs, source, kept),
  );
  const erased = await withContext(env, eraseReturned);
  if (aside !== null) console.log(`The database before is kept as ${aside}`);
  if (aside !== null && carried === null)
    console.log("It could not be read: accounts erased and sessions ended since the backup are back");
  if (erased > 0) console.log(`Erased again: ${erased} accounts that were erased since the backup`);
  return say(`Restored from ${file}: start the server`);
}

async function copy(env: Env, from: string, to: string): Promise<number> {
  const { logLevel } = loadConfig({ ...env, JARVIS_DATABASE_URL: to });
  const told = new Map<string, number>();
  const copied = await copyStore(from, to, {
    log: createLog(logLevel),
    progress(table, rows) {
      if (rows - (told.get(table) ?? 0) < rowsBetweenWords) return;
      told.set(table, rows);
      console.error(`${table}: ${rows} rows so far`);
    },
  });
  for (const { name, rows, sum } of copied)
    console.log(`${name.padEnd(24)}${`${rows}`.padStart(12)} rows  ${sum}`);
  return say("Both stores hold the same. Photos are no rows: set JARVIS_PHOTOS to where they are");
}

const rowsBetweenWords = 50_000;

function report({ ok, text }: OperatorAnswer): number {
  if (ok) return say(text);
  console.error(`jarvis: ${text}`);
  return failed;
}

async function migrate(env: Env): Promise<number> {
  return withContext(env, async () => say("The database is at this version"));
}

async function withContext<T>(env: Env, task: (ctx: Context) => Promise<T>): Promise<T> {
  const ctx = await createContext(loadConfig(env));
  try {
    return await task(ctx);
  } finally {
    await ctx.db.close();
  }
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function misuse(): number {
  console.error(usage.trimEnd());
  return misused;
}

/** One line for each thing that is wrong; what the operator can mend needs no stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.map((problem) => `jarvis: ${problem}`).join("\n");
  if (!(error instanceof Error)) return `jarvis: ${String(error)}`;
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return "jarvis: the port is in use: stop the program that has it, or set JARVIS_PORT";
  return `jarvis: ${error.message}`;
}

try {
  process.exit(await run(process.argv.slice(2), process.env));
} catch (error) {
  console.error(explain(error));
  process.exit(failed);
}
