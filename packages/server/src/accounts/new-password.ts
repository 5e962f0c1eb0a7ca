import { AppError } from "../lib/app-error.ts";
import { isCommonPassword } from "../lib/common-passwords.ts";

/** A new password must not be one that everybody's guesses begin with. */
export async function requireUncommon(password: string, path: string): Promise<void> {
  if (!(await isCommonPassword(password))) return;
  throw refusedPassword(
    path,
    "is one of the commonest passwords, which are guessed first: use several words",
  );
}

export function refusedPassword(path: string, message: string): AppError {
  return new AppError("invalid_input", { detail: `${path}: ${message}`, errors: [{ path, message }] });
}
