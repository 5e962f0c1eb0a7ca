import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { checkHistory, type History, noAnomalies } from "../test/support/history.ts";
import { connect, type TestSocket } from "../test/support/socket.ts";
import type { Json } from "../test/support/world.ts";
import { createRandom } from "./support/random.ts";

const kills = 100;
const inFlight = 16;
const writers = 4;
const cli = join(import.meta.dir, "../src/cli.ts");

/** The real server as a process of its own, started and killed again and again on one file. */
class Target {
  readonly url: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  slowestStartMs = 0;

  constructor(directory: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#env = {
      JARVIS_PORT: String(port),
      JARVIS_HOST: "127.0.0.1",
      JARVIS_DATABASE_URL: `sqlite:${directory}/jarvis.db`,
      JARVIS_RATE_LIMITS: "off",
      JARVIS_LOG_LEVEL: "error",
    };
  }

  async start(): Promise<void> {
    const startedMs = performance.now();
    const child = spawn(process.execPath, [cli, "serve"], {
      env: this.#env,
      stdio: ["ignore", "inherit", "pipe"],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
      let said = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("is ready")) resolve();
      });
    });
    const ready = await fetch(`${this.url}/ready`);
    expect(ready.status).toBe(200);
    this.slowestStartMs = Math.max(this.slowestStartMs, performance.now() - startedMs);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  if (port === undefined) throw new Error("no port");
  return port;
}

async function call(url: string, token: string, method: string, path: string, body?: unknown): Promise<Json> {
  const headers = {
    "content-type": "application/json",
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: Json = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.code}`);
  return answer.response;
}

/** Keeps sends in flight, and repeats after each restart those of which it does not know. */
class Writer {
  readonly sends = new Map<string, History["sends"][number]>();
  /** Acknowledgements that contradict what it knows. */
  readonly faults: string[] = [];
  readonly #name: string;
  readonly #token: string;
  readonly #chat: string;
  #socket: TestSocket | undefined;

  constructor(name: string, token: string, chat: string) {
    this.#name = name;
    this.#token = token;
    this.#chat = chat;
  }

  get acknowledged(): number {
    return [...this.sends.values()].filter(({ seq }) => seq !== null).length;
  }

  get pending(): string[] {
    return [...this.sends.values()].flatMap(({ clientId, seq }) => (seq === null ? [clientId] : []));
  }

  async connect(url: string, more: boolean): Promise<TestSocket> {
    const socket = await connect(url, { token: this.#token });
    this.#socket = socket;
    socket.socket.addEventListener("message", ({ data }) => {
      const frame: Json = JSON.parse(String(data));
      if (frame.type !== "ack") return;
      this.#acknowledge(frame.client_id, frame.seq);
      if (more) this.#sendNext();
    });
    for (const clientId of this.pending) this.#send(clientId);
    if (more) while (this.pending.length < inFlight) this.#sendNext();
    return socket;
  }

  #acknowledge(clientId: string, seq: number): void {
    const send = this.sends.get(clientId);
    if (send === undefined) return void this.faults.push(`${clientId} was never sent`);
    if (send.seq !== null && send.seq !== seq) this.faults.push(`${clientId} has ${send.seq} and ${seq}`);
    send.seq = seq;
  }

  #sendNext(): void {
    const clientId = `${this.#name}-${this.sends.size + 1}`;
    this.sends.set(clientId, { clientId, text: clientId, seq: null });
    this.#send(clientId);
  }

  #send(clientId: string): void {
    if (this.#socket?.socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send({ type: "send", chat: this.#chat, client_id: clientId, text: clientId });
  }
}

/** Resumes after each restart from the last entry that it has had. */
class Reader {
  readonly seen: { seq: number; text: string }[] = [];
  readonly #token: string;
  readonly #stream: string;
  #cursor = 0;
  #epoch: string;
  socket: TestSocket | undefined;

  constructor(token: string, chat: string, epoch: string) {
    this.#token = token;
    this.#stream = `event:${chat}`;
    this.#epoch = epoch;
  }

  async connect(url: string): Promise<void> {
    this.socket = await connect(
      url,
      { token: this.#token },
      { epoch: this.#epoch, resume: { [this.#stream]: this.#cursor } },
    );
  }

  /** Takes over what has arrived, and checks that the stream's own numbers have no hole. */
  harvest(): void {
    const frames = this.socket?.frames ?? [];
    for (const frame of frames) {
      if (frame.type === "reset") throw new Error("a reader was reset");
      if (frame.type !== "entry" || frame.stream !== this.#stream) continue;
      if (frame.seq !== this.#cursor + 1) throw new Error(`entry ${frame.seq} came after ${this.#cursor}`);
      this.#cursor = frame.seq;
      const message = frame.data["message"] as Json;
      if (frame.kind === "message") this.seen.push({ seq: message.seq, text: message.text });
    }
    this.socket = undefined;
  }
}

test("case 2: kill -9 at 100 random instants loses nothing, doubles nothing, and leaves no hole", async () => {
  const seed = Number(process.env["KILL_SEED"] ?? 20_261_122);
  process.stdout.write(`kill test: seed ${seed}\n`);
  const random = createRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), "jarvis-kill-"));
  const target = new Target(directory, await freePort());
  try {
    await target.start();
    const people = [];
    for (const name of ["ann", "bob", "cem"]) {
      const password = `${name}-has-a-password`;
      people.push(
        await call(target.url, "", "POST", "/user", {
          email: `${name}@example.org`,
          password,
          username: name,
        }),
      );
    }
    const [ann, bob, cem] = people;
    const event = { name: "Dinner", duration: 3600, people: [bob.id, cem.id] };
    const chat = (await call(target.url, ann.token, "POST", "/event", event)).id as string;
    const probe = await connect(target.url, cem);
    const { epoch } = await probe.next("welcome");
    probe.socket.close();
    const authors = Array.from(
      { length: writers },
      (_, i) => new Writer(`w${i}`, (i % 2 === 0 ? ann : bob).token, chat),
    );
    const readers = [bob, cem].map(({ token }) => new Reader(token, chat, epoch));

    let unanswered = 0;
    for (let round = 0; round < kills; round++) {
      for (const reader of readers) await reader.connect(target.url);
      const sockets = await Promise.all(authors.map((author) => author.connect(target.url, true)));
      await Bun.sleep(5 + Math.floor(random() * 150)); // the instant of the kill is what is tried
      await target.kill();
      await Promise.all(
        [...sockets, ...readers.flatMap(({ socket }) => socket ?? [])].map(({ closed }) => closed),
      );
      unanswered += authors.reduce((sum, { pending }) => sum + pending.length, 0);
      for (const reader of readers) reader.harvest();
      await target.start();
    }

    for (const author of authors) {
      const socket = await author.connect(target.url, false);
      for (const clientId of author.pending) await socket.next("ack", (ack) => ack.client_id === clientId);
      await socket.flushed();
      socket.socket.close();
    }
    const sends = authors.flatMap(({ sends }) => Array.from(sends.values()));
    expect(authors.flatMap(({ faults }) => faults)).toEqual([]);
    expect(sends.every(({ seq }) => seq !== null)).toBe(true);
    const { last_seq } = await call(target.url, bob.token, "GET", `/chat/${chat}`);
    for (const reader of readers) {
      await reader.connect(target.url);
      if ((reader.seen.at(-1)?.seq ?? 0) < last_seq) await reader.socket?.message(chat, last_seq);
      await reader.socket?.flushed();
      reader.socket?.socket.close();
      reader.harvest();
    }
    process.stdout.write(
      `kill test: ${sends.length} sends, ${unanswered} unanswered at kills, slowest start ${Math.round(target.slowestStartMs)} ms\n`,
    );
    // The kills must have hit sends under way, or nothing was tried.
    expect(unanswered).toBeGreaterThan(kills);
    expect(
      checkHistory({ sends, readers: { bob: readers[0]?.seen ?? [], cem: readers[1]?.seen ?? [] } }),
    ).toEqual(noAnomalies);
    expect(readers.map(({ seen }) => seen.length)).toEqual([sends.length, sends.length]);
    expect(target.slowestStartMs).toBeLessThan(3_000);
  } finally {
    await target.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}, 240_000);
