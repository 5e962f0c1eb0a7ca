import { limits } from "@jarvis/contract";
import { foldPassword } from "./passwords.ts";

let listed: Promise<ReadonlySet<string>> | undefined;

/** Whether a password is one of those that are guessed first, in whatever case it is written. */
export async function isCommonPassword(password: string): Promise<boolean> {
  listed ??= load();
  return (await listed).has(foldPassword(password).toLowerCase());
}

/** Read when somebody first sets a password: a server where nobody does so need not hold it. */
async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].filter((word) => word.length >= limits.passwordMin));
}
