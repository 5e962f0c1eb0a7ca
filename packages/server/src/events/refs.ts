import { email, emailKey, type EventId, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { findInvitationTo, findParticipant, listHolders, listInvitable } from "./people-store.ts";

/** Somebody to invite, as the caller named them: by user id, or by e-mail address. */
export type Ref =
  | { readonly kind: "user"; readonly id: UserId; readonly index: number }
  | { readonly kind: "email"; readonly email: string; readonly key: string; readonly index: number };

/** An account that an invitation may reach. */
export interface Account {
  readonly id: UserId;
  readonly invites_from: "everyone" | "friends";
}

export interface Accounts {
  readonly byId: ReadonlyMap<string, Account>;
  /** By folded address: confirmed ones only. */
  readonly byAddress: ReadonlyMap<string, Account>;
}

/** Reads the list of people; naming somebody twice invites once. */
export function parseRefs(people: readonly string[]): Ref[] {
  const refs = new Map<string, Ref>();
  for (const [index, text] of people.entries()) {
    const ref = parseRef(text, index);
    const key = ref.kind === "user" ? ref.id : ref.key;
    if (!refs.has(key)) refs.set(key, ref);
  }
  return [...refs.values()];
}

function parseRef(text: string, index: number): Ref {
  if (isId(text)) return { kind: "user", id: text as UserId, index }; // the form of an id is all that a brand claims
  const address = email.safeParse(text.trim());
  if (!address.success) throw unknownPerson(index, "is neither a user id nor an e-mail address");
  return { kind: "email", email: address.data, key: emailKey(address.data), index };
}

function unknownPerson(index: number, message: string): AppError {
  return new AppError("invalid_input", {
    detail: `people.${index} ${message}`,
    errors: [{ path: `people.${index}`, message }],
  });
}

/** Looks all of them up at once. An id that names nobody is the caller's mistake; an address without an account is not. */
export async function accountsOf(sql: Sql, refs: readonly Ref[]): Promise<Accounts> {
  const users = await listInvitable(
    sql,
    refs.flatMap((ref) => (ref.kind === "user" ? [ref.id] : [])),
  );
  const holders = await listHolders(
    sql,
    refs.flatMap((ref) => (ref.kind === "email" ? [ref.key] : [])),
  );
  const byId = new Map<string, Account>([...users, ...holders].map((user) => [user.id, user]));
  const missing = refs.find((ref) => ref.kind === "user" && !byId.has(ref.id));
  if (missing !== undefined) throw unknownPerson(missing.index, "names nobody");
  return { byId, byAddress: new Map(holders.map((holder) => [holder.email_key ?? "", holder])) };
}

/** Those who are not in the event yet, as far as the caller's words tell: what an invitation costs. */
export async function newRefs(sql: Sql, event: EventId, refs: readonly Ref[]): Promise<Ref[]> {
  const fresh: Ref[] = [];
  for (const ref of refs) {
    const known =
      ref.kind === "user"
        ? (await findParticipant(sql, event, ref.id))?.state === "in"
        : (await findInvitationTo(sql, event, ref.key)) !== undefined;
    if (!known) fresh.push(ref);
  }
  return fresh;
}
