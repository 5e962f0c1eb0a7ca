import { AppError } from "./app-error.ts";

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Against no hash it takes just as long and is false, so that time does not tell whether an account exists. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** What computes the hashes; a test brings a quick one. */
export interface PasswordHash {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
  /** A hash of an unknown password, as costly to compare with as a real one. */
  readonly decoy: string;
}

const cost = { algorithm: "argon2id", memoryCost: 65_536, timeCost: 2 } as const;

/** Argon2id (RFC 9106), computed off the main thread. */
export const argon2id: PasswordHash = {
  hash: (password) => Bun.password.hash(password, cost),
  verify: (password, hash) => Bun.password.verify(password, hash),
  decoy:
    "$argon2id$v=19$m=65536,t=2,p=1$v2syeaOe8VA73G06DG4dEe8vAQBXRqZu7Vs7ZZV8JzM$XsLglS+LsphSClPVlFyv1W9IJMnqmGWpmkNRkMUvgjc",
};

const atOnce = 2;
const queuedAtMost = 50;

/** Hashes two passwords at a time and lets 50 wait: each costs 64 MiB and a core for a tenth of a second. */
export function createPasswords(algorithm: PasswordHash = argon2id): Passwords {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < atOnce) running++;
    else await turn();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next(); // hands its own place on
    }
  }

  function turn(): Promise<void> {
    if (waiting.length >= queuedAtMost) {
      throw new AppError("unavailable", { detail: "Too many sign-ins are waiting", retryAfterS: 2 });
    }
    return new Promise((resolve) => waiting.push(resolve));
  }

  return {
    hash: (password) => inTurn(() => algorithm.hash(foldPassword(password))),
    verify: async (password, hash) => {
      const same = await inTurn(() => algorithm.verify(foldPassword(password), hash ?? algorithm.decoy));
      return same && hash !== null;
    },
  };
}

/** Keyboards write the same character in different ways (NIST SP 800-63B, section 5.1.1.2). */
export function foldPassword(password: string): string {
  return password.normalize("NFKC");
}
