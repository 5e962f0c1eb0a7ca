/** A model of its own of who is shown where somebody is beside events, by what was accepted so far. */
interface ModelFix {
  latitude: number;
  atMs: number;
  receivedMs: number;
}

interface ModelShare {
  sinceMs: number;
  untilMs: number;
  coarse: boolean;
}

const key = (a: number, b: number) => `${a} ${b}`;
const minute = 60_000;

export class SharesModel {
  readonly #friends = new Set<string>();
  readonly #blocks = new Set<string>();
  readonly #shares = new Map<string, ModelShare>();
  readonly #fixes = new Map<number, ModelFix>();

  befriend(a: number, b: number): void {
    if (a === b || this.isBlocked(a, b)) return;
    this.#friends.add(key(a, b)).add(key(b, a));
  }

  unfriend(a: number, b: number): void {
    for (const pair of [key(a, b), key(b, a)]) {
      this.#friends.delete(pair);
      this.#shares.delete(pair);
    }
  }

  block(a: number, b: number): void {
    this.#blocks.add(key(a, b));
    this.unfriend(a, b);
  }

  unblock(a: number, b: number): void {
    this.#blocks.delete(key(a, b));
  }

  isBlocked(a: number, b: number): boolean {
    return this.#blocks.has(key(a, b)) || this.#blocks.has(key(b, a));
  }

  areFriends(a: number, b: number): boolean {
    return this.#friends.has(key(a, b));
  }

  /** What the call is to answer. */
  put(a: number, b: number, untilMs: number, precision: "exact" | "coarse" | undefined, now: number): number {
    if (!this.areFriends(a, b)) return 404;
    const lastsMs = untilMs - now;
    if (lastsMs < 15 * minute || lastsMs > 8 * 60 * minute) return 400;
    const open = this.share(a, b, now);
    const coarse = precision === undefined ? (open?.coarse ?? false) : precision === "coarse";
    this.#shares.set(key(a, b), { sinceMs: open?.sinceMs ?? now, untilMs, coarse });
    return 200;
  }

  end(a: number, b: number): void {
    this.#shares.delete(key(a, b));
  }

  share(a: number, b: number, now: number): ModelShare | undefined {
    const share = this.#shares.get(key(a, b));
    return share !== undefined && now < share.untilMs ? share : undefined;
  }

  move(who: number, fix: ModelFix): void {
    const before = this.#fixes.get(who);
    if (before === undefined || fix.atMs >= before.atMs) this.#fixes.set(who, fix);
  }

  /** What `b` is shown of `a`. */
  shown(a: number, b: number, now: number): { latitude: number; atMs: number; coarse: boolean } | null {
    const [share, fix] = [this.share(a, b, now), this.#fixes.get(a)];
    if (share === undefined || fix === undefined || !this.areFriends(a, b)) return null;
    const isSince = fix.atMs >= share.sinceMs && fix.receivedMs >= share.sinceMs;
    const isFresh = now - fix.atMs <= 10 * minute;
    return isSince && isFresh ? { latitude: fix.latitude, atMs: fix.atMs, coarse: share.coarse } : null;
  }
}
