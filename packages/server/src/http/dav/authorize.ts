import type { UserId } from "@jarvis/contract";
import type { Context } from "../../context.ts";
import { findFeed } from "../../feeds/service.ts";
import { AppError } from "../../lib/app-error.ts";
import { passwordOf } from "../../lib/basic-auth.ts";

export const challenge = { "www-authenticate": 'Basic realm="Jarvis calendar", charset="UTF-8"' } as const;

export function unauthenticated(): AppError {
  return new AppError("unauthenticated", { detail: "The password is the secret of your calendar" });
}

/**
 * Whose calendar the password opens; the user name says nothing. Asking without one is how every client begins. A
 * wrong one counts for the address, which must wait when there are too many, whatever it presents then.
 */
export async function authorize(ctx: Context, request: Request, address: string): Promise<Opened> {
  requireTls(ctx, request.headers);
  const secret = passwordOf(request.headers.get("authorization") ?? "");
  if (secret === null) throw unauthenticated();
  const key = { user: address, address };
  await ctx.rates.check("calendarSecret", () => key);
  const user = await openedBy(ctx, secret);
  if (user === null) {
    await ctx.rates.consume("calendarSecret", () => key);
    throw unauthenticated();
  }
  await ctx.rates.consume("dav", () => ({ user, address }));
  return { user, isOpen: async () => (await openedBy(ctx, secret)) === user };
}

export interface Opened {
  readonly user: UserId;
  /** Whether the secret opens it still: it may have been ended while an answer was written. */
  isOpen(): Promise<boolean>;
}

/** The secret of busy times opens nothing else. */
async function openedBy(ctx: Context, secret: string): Promise<UserId | null> {
  const feed = await findFeed(ctx, secret);
  return feed?.kind === "calendar" ? feed.user : null;
}

/**
 * Where the public address is https, whoever came by another name did not come through the proxy that has the
 * certificate: a password would be read on the way. It is not asked for either. On this computer nobody reads along.
 */
function requireTls({ publicUrl }: Context, headers: Headers): void {
  const own = new URL(publicUrl);
  if (own.protocol !== "https:") return;
  const name = URL.parse(`http://${headers.get("host") ?? ""}`)?.hostname;
  if (name === own.hostname || (name !== undefined && loopback.test(name))) return;
  throw new AppError("forbidden", { detail: `Calendars are served at ${own.origin} only` });
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
