import { connect, type Socket } from "node:net";

/** A TCP connection that sends bytes as they are, and keeps what comes back. */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  /** Milliseconds until it ended, whoever ended it. */
  readonly ended: Promise<number>;
  readonly #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  constructor(url: string, options: { localAddress?: string } = {}) {
    const { hostname, port } = new URL(url);
    const startedMs = performance.now();
    this.socket = connect({ host: hostname, port: Number(port), ...options });
    this.socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#check();
    });
    // A reset is one of the ways in which a server ends a connection: `close` follows.
    this.socket.on("error", () => this.socket.destroy());
    this.ended = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.#hasEnded = true;
        this.#check();
        resolve(performance.now() - startedMs);
      });
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** What came, one character for each byte. */
  get text(): string {
    return this.bytes.toString("latin1");
  }

  send(data: string | Uint8Array): this {
    if (!this.#hasEnded) this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
    return this;
  }

  /** Resolves once the predicate holds, or the connection has ended; says whether it holds. */
  until(holds: (connection: this) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds(this) && !this.#hasEnded) return;
        this.#waiting.delete(check);
        resolve(holds(this));
      };
      this.#waiting.add(check);
      check();
    });
  }

  #check(): void {
    for (const check of this.#waiting) check();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** The status lines of the answers in a byte stream: none of our bodies holds one. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
