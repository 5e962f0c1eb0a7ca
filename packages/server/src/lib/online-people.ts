/** Under which all nodes know that somebody is connected to one of them. */
export function onlineKey(person: string): string {
  return `online:${person}`;
}

/** Who is connected at this moment, for whoever asks; and when people were last seen, as long as that is not stored. */
export class OnlinePeople<Id extends string = string> {
  readonly #online = new Set<Id>();
  #seen = new Map<Id, number>();

  has(person: Id): boolean {
    return this.#online.has(person);
  }

  came(person: Id): void {
    this.#online.add(person);
  }

  /** `seenMs` is null where it is not to be known. */
  went(person: Id, seenMs: number | null): void {
    this.#online.delete(person);
    if (seenMs !== null) this.#seen.set(person, seenMs);
  }

  seenMs(person: Id): number | undefined {
    return this.#seen.get(person);
  }

  unstored(): [Id, number][] {
    return [...this.#seen];
  }

  /** What has come since is kept. */
  stored(seen: readonly [Id, number][]): void {
    for (const [person, seenMs] of seen) {
      if (this.#seen.get(person) === seenMs) this.#seen.delete(person);
    }
  }
}
