/** Time as the connection sees it: passed in, so that a test can move it. */
export interface Clock {
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Runs `task` once, after `delayMs`. */
  schedule(delayMs: number, task: () => void): { cancel(): void };
  /** Unix milliseconds: `Date.now` where a clock does not say. */
  now?(): number;
}

export function unixMs(clock: Clock): number {
  return clock.now?.() ?? Date.now();
}

/** Chance: jitter and the ids of messages. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** A text that no other call has returned: 1–64 printable ASCII characters. */
  id(): string;
}

/** The part of the standard `WebSocket` that is used, so that any implementation can be passed in. */
export interface Socket {
  readonly bufferedAmount: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

export interface SocketEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

export type SocketConstructor = new (url: string, protocols?: string | string[]) => Socket;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** `crypto.randomUUID` is missing on plain-http pages and `crypto` itself in React Native, so neither is relied on. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  id: () => [...randomBytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
};

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const source: Partial<Crypto> | undefined = globalThis.crypto;
  if (source?.getRandomValues) return source.getRandomValues(bytes);
  return bytes.map(() => Math.floor(Math.random() * 256));
}
