import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { searchStore } from "./support/search-store.ts";
import { type Account, accountAt, signUpAt } from "./support/server-account.ts";
import { processEnv, runJarvis, startProcess, temporaryDirectory } from "./support/server-process.ts";
import { connect, epochOf } from "./support/socket.ts";

async function newChat(account: Account): Promise<string> {
  return (await account.call("POST", "/event", { name: "Dinner", duration: 3_600 })).response.id;
}

async function send(account: Account, chat: string, id: number): Promise<number> {
  const message = { text: `message ${id}`, client_id: String(id) };
  return (await account.call("POST", `/chat/${chat}/messages`, message)).status;
}

function seqsIn(path: string): number[] {
  using file = new Database(path, { readonly: true });
  return file
    .query<{ seq: number }, []>("select seq from message order by seq")
    .all()
    .map(({ seq }) => seq);
}

function oneTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}

/**
 * The file locks that a process holds, as the kernel knows them: inode, kind and range. The kernel goes on from a position
 * in its list with every read(2): while other processes take and give back locks, one can be told twice or not at all. So
 * a listing counts once a second one says the same.
 */
function locksOf(pid: number): string[] {
  for (let before = listLocks(pid); ; ) {
    const now = listLocks(pid);
    if (Bun.deepEquals(now, before)) return now;
    before = now;
  }
}

/** A process holds a POSIX lock on a range of a file once, however often it is told. */
function listLocks(pid: number): string[] {
  const lines = readFileSync("/proc/locks", "utf8").split("\n");
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const ofIt = fields.filter((all) => all[4] === String(pid)).map((all) => all.slice(1).join(" "));
  return [...new Set(ofIt)].toSorted();
}

describe("a backup while the server runs", () => {
  test("is a whole copy of mode 0600 with every acknowledged write before it", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off" });
    await using server = await startProcess(env);
    const ann = await signUpAt(server.url, "ann");
    const chat = await newChat(ann);
    let sent = 0;
    const stopping = new AbortController();
    const writing = (async () => {
      while (!stopping.signal.aborted) expect(await send(ann, chat, ++sent)).toBe(201);
    })();
    for (const round of oneTo(3)) {
      const acknowledged = sent - 1;
      const copy = `${directory.path}/copy-${round}.db`;
      const { code, stdout } = await runJarvis(["backup", copy], env);
      expect([code, stdout]).toEqual([0, `Backed up to ${copy} (${statSync(copy).size} bytes, checked)\n`]);
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      const seqs = seqsIn(copy);
      expect(seqs).toEqual(oneTo(seqs.length));
      expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
    }
    stopping.abort();
    await writing;
    expect(readdirSync(directory.path).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("leaves the server its locks, and a second server is still refused", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    await using server = await startProcess(env);
    const ann = await signUpAt(server.url, "ann");
    const chat = await newChat(ann);
    await send(ann, chat, 1);
    const before = locksOf(server.pid);
    expect(before.length).toBeGreaterThan(1);
    expect((await runJarvis(["backup", `${directory.path}/copy.db`], env)).code).toBe(0);
    expect(locksOf(server.pid)).toEqual(before);
    expect((await runJarvis(["serve"], env)).stderr).toContain("another server uses");
    expect(await send(ann, chat, 2)).toBe(201);
    expect(existsSync(`${directory.path}/jarvis.db-wal`)).toBe(true);
  });

  test("overwrites nothing, and says in one line what went wrong", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    await using server = await startProcess(env);
    const taken = `${directory.path}/taken`;
    writeFileSync(taken, "precious");
    for (const running of [true, false]) {
      for (const [file, reason] of [
        [taken, "exists already"],
        [`${directory.path}/jarvis.db`, "exists already"],
        [`${directory.path}/missing/copy.db`, "no such file or directory"],
      ] as const) {
        const { code, stderr } = await runJarvis(["backup", file], env);
        expect([code, stderr.trim().split("\n").length]).toEqual([1, 1]);
        expect(stderr).toContain(reason);
      }
      if (!running) continue;
      server.kill("SIGTERM");
      await server.exited;
    }
    expect(readFileSync(taken, "utf8")).toBe("precious");
  });

  test("does not keep the server from stopping", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    await using server = await startProcess(env);
    const copying = runJarvis(["backup", `${directory.path}/copy.db`], env);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    await copying;
  });
});

describe("a backup without a server", () => {
  test("is made directly; where there is no database, none is made", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    const nothing = await runJarvis(["backup", copy], env);
    expect([nothing.code, nothing.stderr]).toEqual([1, "jarvis: there is no database to back up\n"]);
    expect(readdirSync(directory.path)).toEqual([]);
    expect((await runJarvis(["migrate"], env)).code).toBe(0);
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });
});

describe("a restore", () => {
  test("case 101, case 108: brings the backup back, but nobody erased and no session ended since; clients are reset", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    const server = await startProcess(env);
    const [ann, bob, zoe] = [
      await signUpAt(server.url, "ann"),
      await signUpAt(server.url, "bob"),
      await signUpAt(server.url, "zoe"),
    ];
    const chat = await newChat(ann);
    await send(ann, chat, 1);
    const epoch = await epochOf(await connect(server.url, ann));
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    await send(ann, chat, 2);
    expect((await zoe.call("DELETE", `/user/${zoe.id}`)).status).toBe(200);
    await bob.call("PUT", `/user/${bob.id}/logout`);
    const refused = await runJarvis(["restore", copy], env);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("another server uses")]);
    server.kill("SIGTERM");
    await server.exited;

    const restored = await runJarvis(["restore", copy], env);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(restored.stdout).toContain(`kept as ${directory.path}/jarvis.db.replaced-1`);
    expect(restored.stdout).toContain("Erased again: 1 accounts");
    expect(seqsIn(`${directory.path}/jarvis.db.replaced-1`)).toEqual([1, 2]);
    expect(searchStore(`${directory.path}/jarvis.db`, ["zoe@example.org"])).toEqual([]);
    expect(statSync(`${directory.path}/jarvis.db`).mode & 0o777).toBe(0o600);

    await using again = await startProcess(env);
    const [ann2, bob2] = [accountAt(again.url, ann.id, ann.token), accountAt(again.url, bob.id, bob.token)];
    expect((await ann2.call("GET", `/chat/${chat}/messages`)).response).toHaveLength(1);
    expect((await bob2.call("GET", `/user/${bob.id}`)).status).toBe(401);
    expect((await accountAt(again.url, zoe.id, zoe.token).call("GET", `/user/${zoe.id}`)).status).toBe(401);
    await using socket = await connect(again.url, ann, { epoch, resume: { [`event:${chat}`]: 2 } });
    expect(await epochOf(socket)).not.toBe(epoch);
    await socket.next("reset", ({ stream }) => stream === `event:${chat}`);
    expect(await send(ann2, chat, 3)).toBe(201);
  });

  test("keeps the addresses of calendars that stand, and brings none back that was given up since", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    const server = await startProcess(env);
    const [ann, bob] = [await signUpAt(server.url, "ann"), await signUpAt(server.url, "bob")];
    const calendarOf = async (account: typeof ann) => {
      const { response } = await account.call("POST", `/user/${account.id}/calendar`);
      return new URL(response["url"]).pathname;
    };
    const [kept, ended] = [await calendarOf(ann), await calendarOf(bob)];
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    await bob.call("DELETE", `/user/${bob.id}/calendar`);
    server.kill("SIGTERM");
    await server.exited;
    expect((await runJarvis(["restore", copy], env)).code).toBe(0);
    await using again = await startProcess(env);
    const statuses = await Promise.all([kept, ended].map((path) => fetch(again.url + path)));
    expect(statuses.map(({ status }) => status)).toEqual([200, 404]);
  });

  test("works after the machine lost the database, and after kill -9", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    const server = await startProcess(env);
    const ann = await signUpAt(server.url, "ann");
    const chat = await newChat(ann);
    await send(ann, chat, 1);
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    await send(ann, chat, 2);
    server.kill("SIGKILL");
    await server.exited;
    expect((await runJarvis(["restore", copy], env)).code).toBe(0);
    // What the killed server had in its WAL alone went with the database that was kept.
    expect(seqsIn(`${directory.path}/jarvis.db.replaced-1`)).toEqual([1, 2]);
    expect(seqsIn(`${directory.path}/jarvis.db`)).toEqual([1]);

    const elsewhere = `${directory.path}/new/machine`;
    mkdirSync(elsewhere, { recursive: true });
    const fresh = await runJarvis(["restore", copy], processEnv(elsewhere));
    expect([fresh.code, fresh.stdout]).toEqual([0, `Restored from ${copy}: start the server\n`]);
    await using other = await startProcess(processEnv(elsewhere));
    const moved = accountAt(other.url, ann.id, ann.token);
    expect((await moved.call("GET", `/chat/${chat}/messages`)).response).toHaveLength(1);
  });

  test("of a file that is no whole backup changes nothing", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    expect((await runJarvis(["migrate"], env)).code).toBe(0);
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    const before = readFileSync(`${directory.path}/jarvis.db`);
    const torn = `${directory.path}/torn.db`;
    writeFileSync(torn, readFileSync(copy).subarray(0, 3 * 4_096));
    const other = `${directory.path}/other.txt`;
    writeFileSync(other, "not a database at all, but long enough to be read as a header of one".repeat(20));
    const newer = `${directory.path}/newer.db`;
    copyFileSync(copy, newer);
    {
      using file = new Database(newer);
      file.run("insert into migration values (99, '0099-later')");
    }
    const scratched = `${directory.path}/scratched.db`;
    copyFileSync(copy, scratched);
    damage(scratched);
    for (const file of [torn, other, newer, scratched, `${directory.path}/missing.db`]) {
      const { code, stderr } = await runJarvis(["restore", file], env);
      expect([code, stderr.trim().split("\n").length, stderr.startsWith("jarvis: ")]).toEqual([1, 1, true]);
    }
    expect(readFileSync(`${directory.path}/jarvis.db`).equals(before)).toBe(true);
    expect(readdirSync(directory.path).filter((name) => name.includes("replaced"))).toEqual([]);
  });
});

describe("a damaged database", () => {
  test("is not served: one clear line, exit code 1", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const path = `${directory.path}/jarvis.db`;
    expect((await runJarvis(["migrate"], env)).code).toBe(0);
    damage(path);
    const inside = await runJarvis(["serve"], env);
    expect([inside.code, inside.stderr]).toEqual([1, expect.stringMatching(/^jarvis: .* is damaged: .*\n$/)]);
    writeFileSync(path, "no database at all".repeat(1_000));
    const outside = await runJarvis(["serve"], env);
    expect([outside.code, outside.stderr]).toEqual([
      1,
      expect.stringMatching(/^jarvis: .* is damaged: .*\n$/),
    ]);
  });

  test("is replaced by a backup, and kept aside", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path);
    const copy = `${directory.path}/copy.db`;
    expect((await runJarvis(["migrate"], env)).code).toBe(0);
    expect((await runJarvis(["backup", copy], env)).code).toBe(0);
    writeFileSync(`${directory.path}/jarvis.db`, "no database at all".repeat(1_000));
    const restored = await runJarvis(["restore", copy], env);
    expect([restored.code, restored.stdout]).toEqual([0, expect.stringContaining("could not be read")]);
    expect(readFileSync(`${directory.path}/jarvis.db.replaced-1`, "utf8")).toStartWith("no database");
    await using server = await startProcess(env);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});

/** Overwrites the page of an index, as a bad disk does. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  const page = (() => {
    using file = new Database(path, { readonly: true });
    const row = file.query<{ rootpage: number }, []>(
      "select rootpage from sqlite_schema where name = 'message'",
    );
    return row.get()?.rootpage ?? 0;
  })();
  bytes.fill(0xa5, (page - 1) * 4_096, page * 4_096);
  writeFileSync(path, bytes);
}
