import { expect, test } from "bun:test";
import { AppError } from "./app-error.ts";
import { argon2id, createPasswords, type PasswordHash } from "./passwords.ts";

/** A hash that ends when the test says so. */
function slowHash() {
  const running: (() => void)[] = [];
  let most = 0;
  const work = () => new Promise<void>((resolve) => (most = Math.max(most, running.push(resolve))));
  const algorithm: PasswordHash = {
    hash: async (password) => (await work(), `hash of ${password}`),
    verify: async (password, hash) => (await work(), hash === `hash of ${password}`),
    decoy: "hash of nothing",
  };
  return {
    algorithm,
    running,
    most: () => most,
    /** Ends one after another until all that wait have had their turn. */
    async finish<T>(all: Promise<T>, jobs: number): Promise<T> {
      for (let ended = 0; ended < jobs; await Promise.resolve()) {
        const end = running.shift();
        end?.();
        if (end !== undefined) ended++;
      }
      return all;
    },
  };
}

test("two are hashed at a time, fifty wait, and the next is unavailable at once", async () => {
  const slow = slowHash();
  const passwords = createPasswords(slow.algorithm);
  const accepted = Array.from({ length: 52 }, (_, i) => passwords.hash(`password-${i}`));
  const refused = await passwords.hash("one too many").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AppError);
  expect(refused).toMatchObject({ code: "unavailable", details: { retryAfterS: 2 } });
  const hashes = await slow.finish(Promise.all(accepted), accepted.length);
  expect(hashes).toEqual(Array.from({ length: 52 }, (_, i) => `hash of password-${i}`));
  expect(slow.most()).toBe(2);
  expect(await slow.finish(passwords.hash("later"), 1)).toBe("hash of later");
});

test("a failure gives its place on", async () => {
  let calls = 0;
  const passwords = createPasswords({
    hash: async (password) => {
      if (++calls <= 2) throw new Error("out of memory");
      return password;
    },
    verify: async () => false,
    decoy: "",
  });
  const settled = await Promise.allSettled(["a", "b", "c"].map((password) => passwords.hash(password)));
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
});

test("nothing is equal to no hash, not even the decoy's own password", async () => {
  const passwords = createPasswords({
    hash: async (password) => password,
    verify: async (password, hash) => password === hash,
    decoy: "decoy",
  });
  expect(await passwords.verify("decoy", null)).toBe(false);
  expect(await passwords.verify("right", "right")).toBe(true);
});

test("is Argon2id at the decoy's cost, and does not mind how a keyboard writes an accent", async () => {
  const passwords = createPasswords();
  const hash = await passwords.hash("caf\u00e9 au lait");
  const cost = /^\$argon2id\$v=19\$m=65536,t=2,p=1\$/;
  expect(hash).toMatch(cost);
  expect(argon2id.decoy).toMatch(cost);
  expect(argon2id.decoy).toHaveLength(hash.length);
  expect(await passwords.verify("cafe\u0301 au lait", hash)).toBe(true);
  expect(await passwords.verify("cafe au lait", hash)).toBe(false);
});
