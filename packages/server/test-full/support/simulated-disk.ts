import type { TraceEvent } from "./strace.ts";

/** What a power cut leaves of the writes that no fsync covered: nothing, some of them and some torn, or all. */
export type CutMode = "none" | "random" | "all";

type Change = Extract<TraceEvent, { kind: "write" } | { kind: "truncate" }>;
type Naming = { readonly at: number; readonly file: string; readonly inode: Inode | undefined };

interface Inode {
  durable: Bytes;
  pending: { readonly at: number; readonly change: Change; doomed: boolean }[];
}

const sectorBytes = 512;
const keptShare = 0.5;
const tornShare = 0.2;

/** The disk under a program: what is durable, and what waits for an fsync, of contents and of names. */
export class SimulatedDisk {
  readonly #names = new Map<string, Inode>();
  readonly #durableNames = new Map<string, Inode>();
  #pendingNames: Naming[] = [];
  #at = 0;

  apply(event: TraceEvent): void {
    const at = this.#at++;
    if (event.kind === "create") this.#name(at, event.file, { durable: new Bytes(), pending: [] });
    else if (event.kind === "remove") this.#name(at, event.file, undefined);
    else if (event.kind === "syncDirectory") this.#syncNames(event.from);
    else if (event.kind === "sync") this.#sync(event.file, event.from);
    else if (event.kind === "failedSync") this.#doom(event.file);
    else if (event.kind === "write" || event.kind === "truncate")
      this.#names.get(event.file)?.pending.push({ at, change: event, doomed: false });
  }

  /** True while a file whose name ends so holds bytes that a power cut could take. */
  hasPending(suffix: string): boolean {
    return [...this.#names].some(([file, { pending }]) => file.endsWith(suffix) && pending.length > 0);
  }

  /** The files as they would be found after a power cut now. */
  image(mode: CutMode, random: () => number): Map<string, Uint8Array> {
    const names = new Map(this.#durableNames);
    const kept = { none: 0, random: Math.floor(random() * (this.#pendingNames.length + 1)), all: Infinity }[
      mode
    ];
    for (const naming of this.#pendingNames.slice(0, kept)) setName(names, naming);
    return new Map([...names].map(([file, inode]) => [file, contents(inode, mode, random)]));
  }

  #name(at: number, file: string, inode: Inode | undefined): void {
    const naming = { at, file, inode };
    setName(this.#names, naming);
    this.#pendingNames.push(naming);
  }

  #syncNames(from: number): void {
    for (const naming of this.#pendingNames) if (naming.at < from) setName(this.#durableNames, naming);
    this.#pendingNames = this.#pendingNames.filter(({ at }) => at >= from);
  }

  #sync(file: string, from: number): void {
    const inode = this.#names.get(file);
    if (!inode) return;
    for (const { at, change, doomed } of inode.pending) if (at < from && !doomed) inode.durable.apply(change);
    inode.pending = inode.pending.filter(({ at }) => at >= from);
  }

  #doom(file: string): void {
    for (const waiting of this.#names.get(file)?.pending ?? []) waiting.doomed = true;
  }
}

function setName(names: Map<string, Inode>, { file, inode }: Naming): void {
  if (inode) names.set(file, inode);
  else names.delete(file);
}

function contents({ durable, pending }: Inode, mode: CutMode, random: () => number): Uint8Array {
  const bytes = durable.clone();
  for (const { change } of mode === "none" ? [] : pending) {
    if (mode === "all") bytes.apply(change);
    else if (random() < keptShare) for (const part of torn(change, random)) bytes.apply(part);
  }
  return bytes.view;
}

// A disk writes sectors whole, but not all sectors of one write.
function torn(change: Change, random: () => number): Change[] {
  if (change.kind === "truncate" || change.data.length <= sectorBytes || random() >= tornShare)
    return [change];
  const sectors = Array.from(
    { length: Math.ceil(change.data.length / sectorBytes) },
    (_, i) => i * sectorBytes,
  );
  const { kind, file, offset, data } = change;
  return sectors
    .filter(() => random() < keptShare)
    .map((at) => ({ kind, file, offset: offset + at, data: data.subarray(at, at + sectorBytes) }));
}

/** A file's bytes, growing without being copied at each write. */
class Bytes {
  #buffer = new Uint8Array(0);
  #size = 0;

  get view(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  clone(): Bytes {
    const copy = new Bytes();
    copy.#buffer = this.#buffer.slice(0, this.#size);
    copy.#size = this.#size;
    return copy;
  }

  apply(change: Change): void {
    if (change.kind === "truncate") return this.#resize(change.size);
    this.#resize(Math.max(this.#size, change.offset + change.data.length));
    this.#buffer.set(change.data, change.offset);
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      const grown = new Uint8Array(size * 2);
      grown.set(this.view);
      this.#buffer = grown;
    }
    if (size < this.#size) this.#buffer.fill(0, size, this.#size);
    this.#size = size;
  }
}
