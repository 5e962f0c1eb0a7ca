import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";

/** What a traced program did that a power cut can undo, and what it told the outside world. */
export type TraceEvent =
  | { readonly kind: "create" | "remove"; readonly file: string }
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "truncate"; readonly file: string; readonly size: number }
  /** Covers what came before event number `from`, the moment the call began. */
  | { readonly kind: "sync"; readonly file: string; readonly from: number }
  /** The kernel counts what it could not write as written: a later fsync does not bring it to the disk. */
  | { readonly kind: "failedSync"; readonly file: string }
  | { readonly kind: "syncDirectory"; readonly from: number }
  | { readonly kind: "sent"; readonly text: string };

interface Call {
  readonly name: string;
  readonly args: string;
  readonly from: number;
}

const sending = ["write", "writev", "sendto", "sendmsg"];
const syncing = ["fsync", "fdatasync"];
const naming = ["openat", "unlink", "unlinkat"];
const unknownToUs = ["pwritev", "pwritev2", "rename", "renameat", "renameat2", "fallocate", "link", "linkat"];
const traced = [...sending, ...naming, ...unknownToUs, "pwrite64", "ftruncate", ...syncing];
const longestString = 4_000_000;

/** The command that runs a program under strace and keeps its writes, byte for byte, in `log`. */
export function straceCommand(log: string, command: readonly string[], ...faults: string[]): string[] {
  const options = ["-f", "-y", "-xx", "-s", String(longestString), "-e", `trace=${traced.join(",")}`];
  return [
    "strace",
    ...options,
    ...faults.flatMap((fault) => ["-e", `inject=${fault}`]),
    "-o",
    log,
    ...command,
  ];
}

/** Reads a trace of a program that found `directory` empty and keeps its database there. */
export function readTrace(log: string, directory: string): TraceEvent[] {
  return new TraceReader(directory).read(readFileSync(log, "latin1"));
}

class TraceReader {
  readonly #directory: string;
  readonly #events: TraceEvent[] = [];
  readonly #names = new Set<string>();
  readonly #unfinished = new Map<string, Call>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  read(log: string): TraceEvent[] {
    for (const line of log.split("\n")) {
      const [, pid = "", rest = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
      if (rest.endsWith("<unfinished ...>")) this.#begin(pid, rest);
      else this.#end(pid, rest);
    }
    return this.#events;
  }

  // An acknowledgement may have left as soon as its call began; everything else counts once its call returned.
  #begin(pid: string, rest: string): void {
    const [, name = "", args = ""] = /^(\w+)\((.*)<unfinished \.\.\.>$/.exec(rest) ?? [];
    if (this.#isSending(name, args)) this.#send(args);
    else this.#unfinished.set(pid, { name, args, from: this.#events.length });
  }

  #end(pid: string, rest: string): void {
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const begun = resumed ? this.#unfinished.get(pid) : undefined;
    if (resumed && !begun) return;
    this.#unfinished.delete(pid);
    const text = begun ? `${begun.name}(${begun.args}${resumed?.[1] ?? ""}` : rest;
    const [, name = "", args = "", result = "-1"] = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(text) ?? [];
    if (Number(result) < 0) this.#fail(name, args);
    else this.#record({ name, args, from: begun?.from ?? this.#events.length }, Number(result));
  }

  #record({ name, args, from }: Call, result: number): void {
    if (this.#isSending(name, args)) return this.#send(args);
    const path = naming.includes(name) ? this.#namedPath(args) : handlePath(args);
    if (path === this.#directory && syncing.includes(name))
      this.#events.push({ kind: "syncDirectory", from });
    if (dirname(path) !== this.#directory) return;
    const file = basename(path);
    if (unknownToUs.includes(name) || name === "write")
      throw new Error(`${name} on ${file} is not simulated`);
    if (name === "openat" && args.includes("O_CREAT")) this.#create(file);
    if (name === "unlink" || name === "unlinkat") this.#remove(file);
    if (name === "pwrite64") this.#write(file, args, result);
    if (name === "ftruncate") this.#events.push({ kind: "truncate", file, size: lastNumber(args) });
    if (syncing.includes(name)) this.#events.push({ kind: "sync", file, from });
  }

  #fail(name: string, args: string): void {
    const path = handlePath(args);
    if (!syncing.includes(name) || dirname(path) !== this.#directory) return;
    this.#events.push({ kind: "failedSync", file: basename(path) });
  }

  // The program's own wake-up calls (event and timer handles) tell nobody anything.
  #isSending(name: string, args: string): boolean {
    const path = handlePath(args);
    return sending.includes(name) && !path.startsWith("anon_inode:") && dirname(path) !== this.#directory;
  }

  #send(args: string): void {
    const bytes = strings(args).map((data) => Buffer.from(data).toString("utf8"));
    this.#events.push({ kind: "sent", text: bytes.join("") });
  }

  #namedPath(args: string): string {
    const path = Buffer.from(strings(args)[0] ?? []).toString("utf8");
    return path.startsWith("/") ? path : "";
  }

  #create(file: string): void {
    if (this.#names.has(file)) return;
    this.#names.add(file);
    this.#events.push({ kind: "create", file });
  }

  #remove(file: string): void {
    this.#names.delete(file);
    this.#events.push({ kind: "remove", file });
  }

  #write(file: string, args: string, written: number): void {
    const [data = new Uint8Array()] = strings(args);
    if (data.length < written) throw new Error("strace cut a write short: raise the longest string");
    this.#events.push({ kind: "write", file, offset: lastNumber(args), data: data.subarray(0, written) });
  }
}

/** The path that strace shows behind a file descriptor. */
function handlePath(args: string): string {
  const shown = /^\d+<([^>]*)>/.exec(args)?.[1] ?? "";
  return shown.startsWith("\\x") ? Buffer.from(unhex(shown)).toString("utf8") : shown;
}

function strings(args: string): Uint8Array[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, escaped = ""]) => unhex(escaped));
}

function unhex(escaped: string): Uint8Array {
  return Buffer.from(escaped.replaceAll("\\x", ""), "hex");
}

function lastNumber(args: string): number {
  return Number(/(\d+)\s*$/.exec(args)?.[1]); // an interrupted call leaves a space
}
