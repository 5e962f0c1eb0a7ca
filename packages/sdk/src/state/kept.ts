import type { OutboxStorage } from "./storage.ts";

/** One text in a storage, written again after each change, one write at a time and never an older one last. */
export class Kept {
  readonly #storage: OutboxStorage;
  readonly #key: string;
  readonly #onError: (error: unknown) => void;
  #wanted: string | null = null;
  #writing: Promise<void> | undefined;
  #again = false;

  constructor(storage: OutboxStorage, key: string, onError: (error: unknown) => void) {
    this.#storage = storage;
    this.#key = key;
    this.#onError = onError;
  }

  async read(): Promise<string | null | undefined> {
    try {
      return await this.#storage.get(this.#key);
    } catch (error) {
      this.#onError(error);
      return null;
    }
  }

  /** Resolves once this text, or a newer one, was written, or writing it has failed and been reported. */
  write(text: string): Promise<void> {
    return this.#want(text);
  }

  clear(): Promise<void> {
    return this.#want(null);
  }

  #want(text: string | null): Promise<void> {
    this.#wanted = text;
    this.#again = true;
    this.#writing ??= this.#run().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const text = this.#wanted;
      try {
        if (text === null) await this.#storage.delete(this.#key);
        else await this.#storage.set(this.#key, text);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
