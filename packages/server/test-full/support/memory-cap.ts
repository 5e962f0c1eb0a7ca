import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface MemoryCap extends Disposable {
  /** Runs a command inside; empty where this machine lets nobody make a control group. */
  readonly wrapper: string[];
  /** How many processes were killed for want of memory. */
  kills(): number;
}

const versions = [
  { root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", events: "memory.oom_control" },
  { root: "/sys/fs/cgroup", limit: "memory.max", events: "memory.events" },
];

/** A control group in which everything together has so much memory. */
export function capMemory(bytes: number): MemoryCap {
  const made = versions.map((version) => makeGroup(version, bytes)).find((group) => group !== null);
  if (made === undefined || made === null) {
    process.stdout.write("no control group can be made here: only the peak is looked at\n");
    return { wrapper: [], kills: () => 0, [Symbol.dispose]: () => {} };
  }
  return {
    wrapper: ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', made.path],
    kills: () =>
      Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(made.path, made.events), "utf8"))?.[1] ?? 0),
    [Symbol.dispose]: () => rmdirSync(made.path),
  };
}

function makeGroup({ root, limit, events }: (typeof versions)[number], bytes: number) {
  const path = join(root, `jarvis-test-${process.pid}`);
  try {
    mkdirSync(path);
  } catch {
    return null;
  }
  try {
    writeFileSync(join(path, limit), String(bytes));
    return { path, events };
  } catch {
    rmdirSync(path);
    return null;
  }
}
