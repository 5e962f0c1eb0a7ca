import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startCommand } from "../process.ts";
import { freePort, missingProgram, packageVersion } from "./debian.ts";
import { peerOf, type PeerKind, type Room } from "./peer.ts";
import { joinXmppRoom, type XmppRoom } from "./xmpp-room.ts";

const schema = "/usr/share/ejabberd/sql/lite.sql";

function ejabberd(archive: boolean): PeerKind {
  return {
    name: archive ? "ejabberd MUC, archive in SQLite" : "ejabberd MUC, no archive",
    promise: archive
      ? "in mod_mam's archive (SQLite, WAL, synchronous=FULL) before it is delivered"
      : "nothing is stored",
    acknowledges: archive,
    missing() {
      const program = missingProgram("ejabberdctl", "ejabberd", "erlang-p1-sqlite3");
      if (program !== null || !archive || isDriverThere()) return program;
      return "not installed: apt-get install erlang-p1-sqlite3";
    },
    version: () => packageVersion("ejabberd"),
    start: (directory) => startEjabberd(directory, archive),
  };
}

async function startEjabberd(directory: string, archive: boolean) {
  const port = freePort();
  const home = join(directory, archive ? "ejabberd-archive" : "ejabberd");
  mkdirSync(join(home, "spool"), { recursive: true });
  const database = join(home, "archive.db");
  if (archive) createArchive(database);
  const config = join(home, "ejabberd.yml");
  await Bun.write(config, settings(port, database, archive));
  // One scheduler for the one core, and none that spins while it waits: both in its favour.
  const words = [
    "erl",
    "+P",
    "250000",
    "+S",
    "1:1",
    "+sbwt",
    "none",
    "+sbwtdcpu",
    "none",
    "+sbwtdio",
    "none",
  ];
  // Without a node name there is no distribution, and no epmd that would stay behind.
  const rest = ["-noinput", "-mnesia", "dir", `"${join(home, "spool")}"`, "-s", "ejabberd"];
  const env = {
    HOME: home,
    EJABBERD_CONFIG_PATH: config,
    EJABBERD_LOG_PATH: join(home, "ejabberd.log"),
    ERL_LIBS: libraries(),
  };
  const subject = await startCommand([...words, ...rest], env, /Start accepting TCP connections at (\S+)/);
  const rooms = new Map<Room, XmppRoom>();
  return peerOf(
    subject,
    async (connections) => {
      const room = await joinXmppRoom(port, connections);
      rooms.set(room, room);
      return room;
    },
    archive ? { verify: (room) => verifyArchive(rooms.get(room), room) } : {},
  );
}

/** That `mod_mam` is on in the room is not taken from its settings: its archive has to have every message. */
async function verifyArchive(xmpp: XmppRoom | undefined, room: Room): Promise<void> {
  const archived = (await xmpp?.archived()) ?? null;
  if (archived === room.acknowledged.total) return;
  throw new Error(`ejabberd's archive has ${archived} of ${room.acknowledged.total} messages`);
}

function settings(port: number, database: string, archive: boolean): string {
  const lines = [
    "loglevel: info",
    "log_rotate_count: 0",
    "hosts: [localhost]",
    "auth_method: anonymous",
    "anonymous_protocol: sasl_anon",
    ...(archive ? ["sql_type: sqlite", `sql_database: ${database}`] : []),
    "listen:",
    `  - {port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, shaper: none, starttls: false}`,
    "modules:",
    "  mod_muc:",
    "    max_users: 2000",
    `    default_room_options: {mam: ${archive}, max_users: 2000}`,
    ...(archive ? ["  mod_mam: {db_type: sql, default: never}"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** In WAL, which costs less than the journal it would use by itself. */
function createArchive(path: string): void {
  const db = new Database(path, { create: true });
  db.run("pragma journal_mode = wal");
  db.run(readFileSync(schema, "utf8"));
  db.close();
}

function libraries(): string {
  const control = readFileSync(Bun.which("ejabberdctl", { PATH: "/usr/sbin:/usr/bin" }) ?? "", "utf8");
  return /^ERL_LIBS='(.*)'$/m.exec(control)?.[1] ?? "";
}

function isDriverThere(): boolean {
  return Bun.spawnSync(["dpkg-query", "-W", "erlang-p1-sqlite3"], { stderr: "ignore" }).exitCode === 0;
}

export const ejabberdPlain = ejabberd(false);
export const ejabberdArchive = ejabberd(true);
