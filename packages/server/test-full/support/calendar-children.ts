import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** The processes that a server reads calendars in, as the kernel knows them; also those that have lost their server. */
export function calendarProcesses(parent?: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isCalendarProcess(pid) && (parent === undefined || parentOf(pid) === parent));
}

/** Children that have ended and that nobody has asked about. */
export function zombiesOf(parent: number): number[] {
  return childrenOf(parent).filter((pid) => stat(pid)[0] === "Z");
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function isCalendarProcess(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).includes("calendar-process.ts");
}

function parentOf(pid: number): number {
  return Number(stat(pid)[1]);
}

/** State, parent, and the rest: what follows the name, which may hold anything. */
function stat(pid: number): string[] {
  const line = read(`/proc/${pid}/stat`);
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
}

/** Processes end while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

export interface TaskCap extends Disposable {
  readonly wrapper: string[];
  /** No more tasks than there are, and `more`; null: as many as they like. */
  limit(more: number | null): void;
  /** How often one was refused. */
  refused(): number;
}

/** A control group whose processes and threads can be counted out; null where this machine lets nobody make one. */
export function capTasks(): TaskCap | null {
  const root = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].find((path) =>
    existsSync(join(path, "cgroup.procs")),
  );
  if (root === undefined) return null;
  const path = join(root, `jarvis-tasks-${process.pid}`);
  try {
    mkdirSync(path);
  } catch {
    return null;
  }
  if (!existsSync(join(path, "pids.max"))) {
    rmdirSync(path);
    return null;
  }
  return {
    wrapper: ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', path],
    limit(more) {
      const now = Number(readFileSync(join(path, "pids.current"), "utf8"));
      writeFileSync(join(path, "pids.max"), more === null ? "max" : String(now + more));
    },
    refused: () => Number(/^max (\d+)$/m.exec(readFileSync(join(path, "pids.events"), "utf8"))?.[1] ?? 0),
    [Symbol.dispose]: () => rmdirSync(path),
  };
}
