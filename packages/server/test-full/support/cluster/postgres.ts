import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { until } from "../../../test/support/nodes/until.ts";
import { postgresBinaries } from "../../../test/support/postgres/binaries.ts";
import { unprivileged } from "../../../test/support/postgres/cluster.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { endPart, type Part, startPart } from "./part.ts";

/** A primary whose commits wait for a standby, and the standby. */
export interface Pair {
  readonly primary: Part;
  readonly standby: Part;
  readonly user: string;
  /** Makes the standby take writes, alone from then on. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  wal_level: "replica",
  wal_keep_size: "512MB",
  hot_standby: "on",
  max_connections: "120",
  shared_buffers: "64MB",
  synchronous_commit: "on",
  wal_receiver_status_interval: "1s",
};

export async function startPair(root: string): Promise<Pair> {
  const folder = join(root, "postgres");
  mkdirSync(folder);
  const passwordFile = join(folder, "password");
  const password = crypto.randomUUID();
  writeFileSync(passwordFile, password, { mode: 0o600 });
  // Whoever becomes somebody else loses the wish to end with their parent.
  const as = unprivileged(folder, passwordFile).flatMap((word, index) =>
    index === 0 ? [word, "--pdeathsig=INT"] : [word],
  );
  const bin = postgresBinaries(folder);
  const [first, second] = [join(folder, "primary"), join(folder, "standby")];
  run([
    ...as,
    join(bin, "initdb"),
    "-D",
    first,
    "-U",
    "jarvis",
    "--encoding=UTF8",
    "--locale=C",
    "--auth=password",
    "--no-sync",
    `--pwfile=${passwordFile}`,
  ]);
  // A copy of what has never been started is what a base backup of it would be.
  run([...as, "cp", "-a", first, second]);
  const [primaryPort, standbyPort] = [await freePort(), await freePort()];
  const user = `jarvis:${password}`;
  writeStandby(as, second, `host=127.0.0.1 port=${primaryPort} user=jarvis password=${password}`);
  const start = (name: string, data: string, port: number, more: Record<string, string>) =>
    startPart(root, name, port, [
      ...as,
      join(bin, "postgres"),
      "-D",
      data,
      ...Object.entries({ ...settings, port: `${port}`, ...more }).flatMap(([key, value]) => [
        "-c",
        `${key}=${value}`,
      ]),
    ]);
  const primary = await start("primary", first, primaryPort, {
    synchronous_standby_names: "standby",
  });
  const standby = await start("standby", second, standbyPort, {});
  await createDatabase(`postgres://${user}@127.0.0.1:${primaryPort}`);
  return {
    primary,
    standby,
    user,
    promote: () => promote(`postgres://${user}@127.0.0.1:${standbyPort}/postgres`),
    async stop() {
      for (const part of [primary, standby]) await endPart(part, "SIGINT");
    },
  };
}

function run(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}

function writeStandby(as: readonly string[], data: string, conninfo: string): void {
  const files = [join(data, "standby.signal"), join(data, "postgresql.auto.conf")];
  writeFileSync(files[0] ?? "", "");
  writeFileSync(files[1] ?? "", `primary_conninfo = '${conninfo} application_name=standby'\n`);
  const nobody = 65_534;
  if (as.length > 0) for (const file of files) chownSync(file, nobody, nobody);
}

/** Waits for the standby, as every commit of the primary does. */
async function createDatabase(server: string): Promise<void> {
  const admin = new SQL(`${server}/postgres`, { max: 1 });
  const isStreaming = async () => {
    const rows: unknown[] =
      await admin`select 1 from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`;
    return rows.length === 1;
  };
  await until(() => isStreaming().catch(() => false)); // it may be starting
  await admin`create database jarvis`;
  await admin.close();
}

async function promote(url: string): Promise<void> {
  const admin = new SQL(url, { max: 1 });
  await admin`select pg_promote(true, 30)`;
  await admin.close();
}
