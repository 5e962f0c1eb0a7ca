import { openDatabase } from "../../../src/db/database.ts";
import { migrate } from "../../../src/db/migrate.ts";
import { type Cluster, startCluster } from "./cluster.ts";

/** The server that all tests of this process share; each file has modules of its own. */
const shared = Symbol.for("jarvis.test.cluster");
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a place of our own on the global object
const held = globalThis as { [shared]?: Promise<Cluster> };

const template = "jarvis_template";

export function sharedCluster(): Promise<Cluster> {
  return (held[shared] ??= begin());
}

async function begin(): Promise<Cluster> {
  const cluster = await startCluster();
  await cluster.admin.unsafe(`create database ${template}`);
  const log = { error: fail, warn: fail };
  const db = await openDatabase(cluster.url(template), { log });
  await migrate(db);
  await db.close();
  return cluster;
}

function fail(details: object, message: string): void {
  throw new Error(message, { cause: details });
}

let made = 0;

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
}

/** A database of its own that has been migrated. */
export async function createPostgres(): Promise<TestDatabase> {
  return create(`template ${template} strategy file_copy`);
}

/** One without any table. */
export async function createEmptyPostgres(): Promise<TestDatabase> {
  return create("");
}

async function create(how: string): Promise<TestDatabase> {
  const cluster = await sharedCluster();
  const name = `jarvis_${process.pid}_${made++}`;
  await cluster.admin.unsafe(`create database ${name} ${how}`);
  return { name, url: cluster.url(name) };
}

export async function dropPostgres({ name }: TestDatabase): Promise<void> {
  const { admin } = await sharedCluster();
  await admin.unsafe(`drop database if exists ${name} with (force)`);
}
