import { z } from "zod";
import { acquainted, anybody, selfOnly, signedIn as signedInOnly } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { event } from "./events.ts";
import { hours } from "./hours.ts";
import { userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { email, instantMs, locale, pageQuery, rangeQuery, timeZone, username, wireNumber } from "./values.ts";

/** A password as somebody sets it. */
export const newPassword = z.string().min(limits.passwordMin).max(limits.passwordMax);
/** A compact JWS: Google's or another configured issuer's ID token (OpenID Connect Core 1.0, section 2). */
export const idToken = z.string().min(1).max(16_384);

/**
 * Shown once: the session token acts for the user until it expires or is logged out.
 * Without `token` where a browser asked for a cookie (`"cookie": true`) and holds the session in that.
 */
export const signedIn = z.object({ id: userId, token: z.string().optional(), expires_ms: instantMs });

const cookie = z.boolean().optional();

export const busyBlock = z.object({ start_time: wireNumber, duration: wireNumber, busy: z.literal(true) });

export const settings = z.object({
  findable: z.boolean(),
  findable_by_email: z.boolean(),
  busy_for: z.enum(["nobody", "friends"]),
  invites_from: z.enum(["everyone", "friends"]),
  show_online: z.boolean(),
  /** Whether sharing in an event ends by itself soon after arriving, where nothing else was said for it. */
  until_arrival: z.boolean(),
  /** When suggestions may name the caller, where they share at all; `null`: at any time. */
  hours: hours.nullable(),
  /** Seconds that suggestions keep free around the caller's other commitments. */
  travel_buffer: z.int().min(0).max(limits.travelBufferMaxS),
});

/** A user as the caller may see them; only the caller's own record carries the optional fields. */
export const profile = z.object({
  id: userId,
  username: z.string(),
  schedule: z.array(z.union([event, busyBlock])),
  email: z.string().nullable().optional(),
  email_confirmed: z.boolean().optional(),
  time_zone: z.string().optional(),
  locale: z.string().optional(),
  settings: settings.optional(),
  version: z.int().optional(),
});

export const userRef = z.object({ id: userId, username: z.string() });

const own = z.object({ id: userId });
const profileCall = {
  method: "GET",
  auth: "session",
  access: acquainted,
  params: own,
  query: z.object(rangeQuery),
  response: profile,
  errors: ["unauthenticated", "no_account", "not_found"],
} as const;

export const accounts = {
  createUser: endpoint({
    method: "POST",
    path: "/user",
    summary: "Create an account",
    description:
      "With `jwt_token` (an ID token of Google or another configured issuer whose verified e-mail equals `email`) or with `password` (a local account). The same identity again answers 200 with the same id and a new token. With `cookie` a browser gets the session as a cookie instead; that needs the server's own `Origin`. A password that is among the commonest is refused.",
    auth: "none",
    access: anybody,
    body: z.union([
      z.object({ email, jwt_token: idToken, username, cookie }),
      z.object({ email, password: newPassword, username, cookie }),
    ]),
    response: signedIn,
    status: 201,
    repeatStatus: 200,
    errors: ["unauthenticated", "forbidden", "email_taken"],
    rate: "signIn",
  }),
  login: endpoint({
    method: "POST",
    path: "/login",
    summary: "Sign in",
    description: "A wrong password and an unknown address answer alike, in the same time.",
    auth: "none",
    access: anybody,
    body: z.union([
      z.object({ email: z.string().max(254), jwt_token: idToken, cookie }),
      z.object({ email: z.string().max(254), password: z.string().max(limits.passwordMax), cookie }),
    ]),
    response: signedIn,
    errors: ["unauthenticated", "no_account", "forbidden"],
    rate: "signIn",
  }),
  searchUsers: endpoint({
    method: "GET",
    path: "/user",
    summary: "Find people",
    description:
      "By exact username where that person is `findable`, by exact confirmed e-mail where `findable_by_email`, by a prefix of at least 3 characters among friends and fellow participants.",
    auth: "session",
    access: signedInOnly,
    query: z.object({ q: z.string().min(1).max(254), ...pageQuery }),
    response: z.array(userRef),
    paged: true,
    errors: ["unauthenticated", "no_account"],
    rate: "search",
  }),
  getUser: endpoint({ ...profileCall, path: "/user/{id}", summary: "User information" }),
  getSchedule: endpoint({
    ...profileCall,
    path: "/user/{id}/schedule",
    summary: "User information (the same answer)",
  }),
  updateUser: endpoint({
    method: "PATCH",
    path: "/user/{id}",
    summary: "Change the own profile and settings",
    description: 'Honours `If-Match: "<version>"`.',
    auth: "session",
    access: selfOnly,
    params: own,
    body: z.object({ username, time_zone: timeZone, locale, ...settings.shape }).partial(),
    response: profile,
    errors: ["unauthenticated", "no_account", "forbidden", "not_found", "changed"],
  }),
  logout: endpoint({
    method: "PUT",
    path: "/user/{id}/logout",
    summary: "Sign out: the presented token is dead from this moment on",
    auth: "session",
    access: selfOnly,
    params: own,
    query: z.object({ everywhere: z.enum(["true", "false"]).optional() }),
    response: z.literal("success"),
    errors: ["unauthenticated", "no_account", "forbidden", "not_found"],
  }),
} as const;

export type SignedIn = z.output<typeof signedIn>;
export type Profile = z.input<typeof profile>;
export type BusyBlock = z.input<typeof busyBlock>;
export type UserRef = z.input<typeof userRef>;
export type Settings = z.output<typeof settings>;
