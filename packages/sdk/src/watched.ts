/** Whose positions: of an event's people, or of a friend who shares beside events. */
export type WatchTarget = string | { readonly user: string };

type Watch<T> = { type: T; event: string } | { type: T; user: string };

/** What is watched, to be asked for again after each reconnect. */
export class Watched {
  readonly #targets = new Map<string, WatchTarget>();

  add(target: WatchTarget): Watch<"watch"> {
    this.#targets.set(JSON.stringify(target), target);
    return frameOf("watch", target);
  }

  delete(target: WatchTarget): Watch<"unwatch"> | undefined {
    return this.#targets.delete(JSON.stringify(target)) ? frameOf("unwatch", target) : undefined;
  }

  frames(): Watch<"watch">[] {
    return [...this.#targets.values()].map((target) => frameOf("watch", target));
  }
}

function frameOf<T>(type: T, target: WatchTarget): Watch<T> {
  return typeof target === "string" ? { type, event: target } : { type, user: target.user };
}
