import { expect, test } from "bun:test";
import { limits } from "@jarvis/contract";
import { dictionary } from "@zxcvbn-ts/language-common";
import { isCommonPassword } from "./common-passwords.ts";

test("knows more than the 3,000 commonest that are long enough, in any case and width", async () => {
  const commonest = dictionary["passwords-common"].filter((word) => word.length >= limits.passwordMin);
  expect(commonest.length).toBeGreaterThan(3_000);
  const known = await Promise.all(commonest.map((word) => isCommonPassword(word.toUpperCase())));
  expect(known).not.toContain(false);
  const written = ["password", "12345678", "PassWord1", "QWERTYUIOP", "ｐａｓｓｗｏｒｄ"];
  expect(await Promise.all(written.map(isCommonPassword))).toEqual(written.map(() => true));
});

test("knows none that merely contains a common one", async () => {
  for (const rare of [
    "correct horse battery",
    "password, but longer",
    "  password",
    "constructor",
    "toString",
  ])
    expect([rare, await isCommonPassword(rare)]).toEqual([rare, false]);
});
