import type { Person } from "../client.ts";

/** Requests beside the sockets, each of which has to be answered well. */
export class Requests {
  count = 0;
  readonly failed: string[] = [];
  #isOver = false;
  readonly #done: Promise<unknown>;

  constructor(person: Person, atOnce: number) {
    this.#done = Promise.all(Array.from({ length: atOnce }, () => this.#go(person)));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #go(person: Person): Promise<void> {
    while (!this.#isOver) {
      this.count++;
      const [method, path, body] =
        this.count % 4 === 0
          ? (["PATCH", `/user/${person.id}`, { show_online: this.count % 8 === 0 }] as const)
          : (["GET", `/user/${person.id}`, undefined] as const);
      try {
        const { status } = await person.call(method, path, body);
        if (status >= 300) this.failed.push(`${method} ${path}: ${status}`);
      } catch (error) {
        this.failed.push(`${method} ${path}: ${String(error)}`);
      }
      await Bun.sleep(100);
    }
  }
}
