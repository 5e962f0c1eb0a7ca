import { type RateName, rates } from "@jarvis/contract";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { AppError } from "./app-error.ts";
import { type Counts, SharedCounts, type Verdict } from "./shared-counts.ts";

export interface RateKey {
  /** Whoever or whatever is counted beside the address: a person, or a secret by its hash. */
  readonly user: string;
  readonly address: string;
}

export interface Rates {
  /** Counts one use; over the limit it throws `too_many_requests`. */
  consume(name: RateName, key: () => RateKey): Promise<void>;
  /** Counts several uses at once: all or, over the limit, `too_many_requests`. */
  consumeMany(name: RateName, key: () => RateKey, points: number): Promise<void>;
  /** Throws as `consume` would, and counts nothing. */
  check(name: RateName, key: () => RateKey): Promise<void>;
}

const nothing = Promise.resolve();
const unlimited: Rates = { consume: () => nothing, consumeMany: () => nothing, check: () => nothing };

/**
 * Counters in memory, dropped when their window ends; one set for each rate of the contract. Where several servers count
 * together, what they have counted decides, and this server's own while that cannot be known.
 */
export function createRates(enabled: boolean, counts: Counts | null = null): Rates {
  if (!enabled) return unlimited;
  const counters = countersByName();
  const shared = counts && new SharedCounts(counts);

  async function consumeMany(name: RateName, key: () => RateKey, points: number): Promise<void> {
    if (points <= 0) return;
    const { limiter, keyOf, rate } = counters[name];
    const counted = keyOf(key());
    const own = await consumeOwn(limiter, counted, points);
    const common = shared && (await shared.take(rate, counted, points));
    const { isAllowed, leftMs } = common ?? own;
    if (!isAllowed) throw tooMany(name, leftMs);
  }

  return {
    consumeMany,
    consume: (name, key) => consumeMany(name, key, 1),
    async check(name, key) {
      const { limiter, keyOf, rate } = counters[name];
      const subject = keyOf(key());
      const common = shared && (await shared.check(rate, subject));
      const counted = common ? null : await limiter.get(subject);
      const { isAllowed, leftMs } = common ?? {
        isAllowed: counted === null || counted.consumedPoints < limiter.points,
        leftMs: counted?.msBeforeNext ?? 0,
      };
      if (!isAllowed) throw tooMany(name, leftMs);
    },
  };
}

async function consumeOwn(limiter: RateLimiterMemory, counted: string, points: number): Promise<Verdict> {
  try {
    const { msBeforeNext } = await limiter.consume(counted, points);
    return { isAllowed: true, leftMs: msBeforeNext };
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    // What was refused has not been done: several at once must not eat up what is left for fewer.
    if (points > 1) await limiter.reward(counted, points);
    return { isAllowed: false, leftMs: error.msBeforeNext };
  }
}

interface Counter {
  readonly rate: { readonly name: string; readonly points: number; readonly seconds: number };
  readonly limiter: RateLimiterMemory;
  readonly keyOf: (key: RateKey) => string;
}

function countersByName(): Record<RateName, Counter> {
  const entries = Object.entries(rates).map(([name, { points, seconds, by }]) => [
    name,
    {
      rate: { name, points, seconds },
      limiter: new RateLimiterMemory({ points, duration: seconds, keyPrefix: "" }),
      keyOf: by === "address" ? (key: RateKey) => network(key.address) : (key: RateKey) => key.user,
    },
  ]);
  return Object.fromEntries(entries) as Record<RateName, Counter>; // one entry for each key of `rates`
}

function tooMany(rate: RateName, msBeforeNext: number): AppError {
  const retryAfterS = Math.max(1, Math.ceil(msBeforeNext / 1_000));
  return new AppError("too_many_requests", { retryAfterS, rate });
}

/** One subscriber holds a whole /64 of IPv6, so that is what counts as one address. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(":") ? ipv6Network(address) : address;
}

function ipv6Network(address: string): string {
  const [head = "", tail] = (address.split("%")[0] ?? address).toLowerCase().split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  const first = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${first.join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
