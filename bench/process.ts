import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** A server under measurement: pinned to a core of its own where the machine has two. */
export interface Subject extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** User and system time of all its threads so far, in microseconds. */
  cpuUs(): number;
  /** Resident memory in bytes. */
  rss(): number;
}

const pinned = cpus().length > 1 && Bun.which("taskset") !== null;

/** Starts Bun on a script, on core 0, and waits until `address` finds its URL in what it prints. */
export function startSubject(
  script: string[],
  env: Record<string, string>,
  address: RegExp,
): Promise<Subject> {
  return startCommand([process.execPath, ...script], env, address);
}

/** The same for any server; where it runs matters only to measurements of time. */
export async function startCommand(
  words: string[],
  env: Record<string, string>,
  address: RegExp,
  isPinned = pinned,
): Promise<Subject> {
  const command = [...(isPinned ? ["taskset", "-c", "0"] : []), ...words];
  const child = Bun.spawn(command, {
    env: { ...cleanEnv(), ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const ended = new Map<string, number>();
  const url = await Promise.any([urlIn(child.stdout, address), urlIn(child.stderr, address)]);
  return {
    pid: child.pid,
    url,
    cpuUs: () => cpuOfTree(child.pid, ended),
    rss: () => memory(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** Puts this process, the load, on the other core. */
export function pinLoad(): boolean {
  if (!pinned) return false;
  return Bun.spawnSync(["taskset", "-a", "-cp", "1", String(process.pid)]).exitCode === 0;
}

function cleanEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("JARVIS_"));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""]));
}

async function urlIn(stream: ReadableStream<Uint8Array>, address: RegExp): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the server ended before it listened: ${text}`);
    text += decoder.decode(value, { stream: true });
    const url = address.exec(text)?.[1];
    if (url !== undefined) {
      void drain(reader);
      return url;
    }
  }
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

/**
 * Linux: of a process and all that came from it, those that have ended included. The kernel forgets a thread that has
 * ended: `seen` keeps what each had used when it was last looked at.
 */
function cpuOfTree(pid: number, seen: Map<string, number>): number {
  let total = cpuOfEndedChildren(pid);
  const tasks = readdirSync(`/proc/${pid}/task`);
  for (const task of tasks) {
    // Counts the nanoseconds that the thread was on a processor.
    const ns = Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    seen.set(`${pid}/${task}`, ns / 1_000);
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
    for (const child of children === "" ? [] : children.split(" ")) total += cpuOfTree(Number(child), seen);
  }
  for (const [thread, us] of seen) if (thread.startsWith(`${pid}/`)) total += us;
  return total;
}

const tickUs = 10_000;

function cpuOfEndedChildren(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * tickUs;
}

function memory(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1_024;
}
