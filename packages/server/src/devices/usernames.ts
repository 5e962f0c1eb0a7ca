import type { UserId } from "@jarvis/contract";
import { findPerson } from "../accounts/service.ts";
import type { Context } from "../context.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { profileChangesSeen } from "./tokens.ts";

const namesAtMost = 20_000;

type Names = BoundedMap<UserId, { username: string; asOf: number }>;

const names = new WeakMap<Context, Names>();

function namesIn(ctx: Context): Names {
  const known: Names = names.get(ctx) ?? new BoundedMap(namesAtMost);
  names.set(ctx, known);
  return known;
}

/** What somebody is called, read once for as long as nobody has changed their name; null once they are erased. */
export async function usernameOf(ctx: Context, user: UserId): Promise<string | null> {
  const known = namesIn(ctx);
  const asOf = profileChangesSeen(ctx);
  const found = known.get(user);
  if (found?.asOf === asOf) return found.username;
  const person = await findPerson(ctx, user);
  if (person === undefined) return null;
  known.set(user, { username: person.username, asOf });
  return person.username;
}
