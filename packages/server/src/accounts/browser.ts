import type { SignedIn } from "@jarvis/contract";
import { Reply, type RequestFacts } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { endReplaced } from "./sessions.ts";
import type { SignUpResult } from "./sign-in.ts";

/**
 * Answers a sign-in: with the token, or for a browser with a cookie in its place, so that no script of a page can read
 * it. The session that the browser held before is dead, so that nobody who knew it goes on in it.
 */
export async function answerSignIn(
  ctx: Context,
  request: RequestFacts,
  cookie: boolean | undefined,
  enter: () => Promise<SignUpResult>,
): Promise<Reply<SignedIn>> {
  if (cookie !== true) {
    const { signedIn, repeat } = await enter();
    return new Reply(signedIn, { repeat });
  }
  // Another site's page could otherwise sign its visitors in to an account of its own.
  if (!request.isOwnOrigin)
    throw new AppError("forbidden", { detail: "A cookie is set for this server's own pages" });
  const { signedIn, repeat } = await enter();
  const { token, ...shown } = signedIn;
  if (request.cookie !== null) await endReplaced(ctx, request.cookie);
  return new Reply(shown, { repeat, cookies: { session: { token, expiresMs: shown.expires_ms } } });
}
