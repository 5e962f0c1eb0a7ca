import { type ServerProcess, startProcess } from "../../../test/support/server-process.ts";

/** A server of the cluster, which may be ended and started again. */
export class Node {
  readonly name: string;
  readonly port: number;
  readonly #env: Record<string, string>;
  #process: ServerProcess | null = null;

  constructor(name: string, port: number, env: Record<string, string>) {
    this.name = name;
    this.port = port;
    this.#env = { ...env, JARVIS_PORT: String(port) };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Settings of this start alone come on top. */
  async start(more: Record<string, string> = {}): Promise<void> {
    this.#process = await startProcess({ ...this.#env, ...more });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Gives its exit code. */
  async ended(signal: NodeJS.Signals): Promise<number | null> {
    const process = this.#process;
    this.#process = null;
    if (process === null) return null;
    process.kill("SIGCONT");
    process.kill(signal);
    return process.exited;
  }

  said(): string {
    return this.#process?.stderr() ?? "";
  }

  logged(): string {
    return this.#process?.stdout() ?? "";
  }
}
