import type { Subject } from "../process.ts";
import type { Counter } from "./counter.ts";

/** What every server is given to deliver: 40 bytes. */
export const text = "On my way, ten minutes. See you at eight";

/** One chat: everybody in it hears all that its first connection writes, that connection included. */
export interface Room {
  /** Deliveries to all connections. */
  readonly delivered: Counter;
  /** Messages of which the author knows that the server has them. */
  readonly acknowledged: Counter;
  /** Writes messages, all in one go. */
  publish(count: number): void;
  close(): void;
}

export interface Peer extends AsyncDisposable {
  cpuUs(): number;
  /** Opens so many connections to one chat. */
  join(connections: number): Promise<Room>;
  /** Throws when what the peer promises about storing has not happened. */
  verify?(room: Room): Promise<void>;
}

export interface PeerKind {
  readonly name: string;
  /** What an acknowledgement stands for. */
  readonly promise: string;
  /** Whether it says that it has a message, and so takes part in "64 in flight". */
  readonly acknowledges: boolean;
  /** What has to be installed before, or null. */
  missing(): string | null;
  version(): string;
  /** `people` may join at once. */
  start(directory: string, people: number): Promise<Peer>;
}

/** A peer that is one process, with nothing to add. */
export function peerOf(subject: Subject, join: Peer["join"], rest: Pick<Peer, "verify"> = {}): Peer {
  return {
    cpuUs: () => subject.cpuUs(),
    join,
    ...rest,
    [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
  };
}
