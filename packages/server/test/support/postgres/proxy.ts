import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a server and its PostgreSQL, and does to the way there what networks and crashes do. */
export class PostgresProxy implements AsyncDisposable {
  /** Connections that were accepted. */
  accepted = 0;
  readonly #target: URL;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #server: Server | undefined;
  #port = 0;
  #isSilent = false;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(target);
    await proxy.accept();
    return proxy;
  }

  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  get open(): number {
    return this.#pairs.size;
  }

  /** Whoever knocks is let in, again after `refuse`. */
  accept(): Promise<void> {
    this.#isSilent = false;
    const server = createServer((socket) => this.#join(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", () => {
        const address = server.address();
        this.#port = typeof address === "object" && address ? address.port : 0;
        resolve();
      });
    });
  }

  /** As when the machine is there and its server is not. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    this.cut();
    await closed;
  }

  /** As when the server is killed: connections end in the midst of what they say. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
  }

  /** Takes everything and says nothing, as a frozen machine or a lost route does. */
  swallow(): void {
    this.#isSilent = true;
    for (const [client, server] of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** What was swallowed arrives after all. */
  resume(): void {
    this.#isSilent = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  #join(client: Socket): void {
    this.accepted++;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => client.write(bytes));
    for (const socket of pair) {
      socket.on("error", () => this.#part(pair));
      socket.on("close", () => this.#part(pair));
    }
    if (!this.#isSilent) return;
    client.pause();
    server.pause();
  }

  #part(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }
}
