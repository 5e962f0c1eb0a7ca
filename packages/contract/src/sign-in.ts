import { z } from "zod";
import {
  anybody,
  browsers,
  provenCredential,
  provenPasskey,
  selfAboutOwn,
  selfOnly,
  selfWithIdentity,
  signedIn as signedInOnly,
} from "./access.ts";
import { idToken, newPassword, signedIn } from "./accounts.ts";
import { endpoint } from "./endpoint.ts";
import { userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { instantMs, name } from "./values.ts";

const base64url = z
  .string()
  .min(1)
  .max(limits.bodyBytes)
  .regex(/^[A-Za-z0-9_-]+$/, "must be base64url");
const credential = {
  id: base64url,
  rawId: base64url,
  type: z.literal("public-key"),
  clientExtensionResults: z.looseObject({}),
};
/** `PublicKeyCredential.toJSON()` after `navigator.credentials.create()` (WebAuthn, level 3). */
const registrationCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(50)).max(20).optional(),
  }),
});
/** The same after `navigator.credentials.get()`. */
const loginCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullable().optional(),
  }),
});

/** What `PublicKeyCredential.parseCreationOptionsFromJSON()` takes. */
const creationOptions = z.looseObject({
  challenge: z.string(),
  rp: z.object({ id: z.string().optional(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
});
/** What `PublicKeyCredential.parseRequestOptionsFromJSON()` takes. */
const requestOptions = z.looseObject({ challenge: z.string(), rpId: z.string().optional() });

const accessId = z.string().max(200);
const passkeyAccess = z.object({
  id: accessId,
  kind: z.literal("passkey"),
  name: z.string(),
  created_ms: instantMs,
  used_ms: instantMs.nullable(),
});
const identityAccess = z.object({
  id: accessId,
  kind: z.literal("identity"),
  issuer: z.string(),
  created_ms: instantMs,
});
/** The secrets that open the calendar and its busy times. */
const feedAccess = z.object({
  id: accessId,
  kind: z.literal("feed"),
  created_ms: instantMs,
  used_ms: instantMs.nullable(),
});
/** A phone that reports positions. */
const deviceAccess = z.object({
  id: accessId,
  kind: z.literal("device"),
  name: z.string(),
  created_ms: instantMs,
  /** To the minute. */
  used_ms: instantMs.nullable(),
});
const sessionAccess = z.object({
  id: accessId,
  kind: z.literal("session"),
  created_ms: instantMs,
  /** To the hour. */
  used_ms: instantMs,
  expires_ms: instantMs,
  /** The one that this call was made with. */
  current: z.boolean(),
});

/** One thing that can act for a person. Clients ignore kinds that they do not know. */
export const accessEntry = z.discriminatedUnion("kind", [
  sessionAccess,
  passkeyAccess,
  identityAccess,
  feedAccess,
  deviceAccess,
]);

const own = z.object({ id: userId });
const ownErrors = ["unauthenticated", "no_account", "forbidden", "not_found"] as const;
const issuerName = z.object({ issuer: z.string().max(32) });

/** What proves who somebody is, and what acts for them: issuers, passkeys, passwords, sessions. */
export const access = {
  startSignIn: endpoint({
    method: "GET",
    path: "/auth/{issuer}/start",
    summary: "Begin to sign in with an issuer, in a browser",
    description:
      "Sends the browser to the issuer (authorization code with PKCE). `return` is a path inside `/app` to come back to. What fails leads to `/app/sign-in?error=<code>`.",
    auth: "none",
    access: browsers,
    redirect: true,
    params: issuerName,
    query: z.object({ return: z.string().max(2_000).optional() }),
    response: z.never(),
    errors: ["not_found"],
    rate: "signIn",
  }),
  finishSignIn: endpoint({
    method: "GET",
    path: "/auth/{issuer}/callback",
    summary: "The issuer sends the browser back here",
    description:
      "Sets the session cookie and goes on to the return path; an identity without an account gets one where the issuer has verified its e-mail. What fails leads to `/app/sign-in?error=<code>`.",
    auth: "none",
    access: browsers,
    redirect: true,
    params: issuerName,
    query: z.object({
      code: z.string().max(8_000).optional(),
      state: z.string().max(200).optional(),
      iss: z.string().max(2_000).optional(),
      error: z.string().max(200).optional(),
    }),
    response: z.never(),
    errors: ["not_found"],
    rate: "signIn",
  }),
  passkeyRegisterOptions: endpoint({
    method: "POST",
    path: "/auth/passkey/register/options",
    summary: "Begin to add a passkey",
    description: "Needs a fresh sign-in. The challenge holds for five minutes and one use.",
    auth: "session",
    access: signedInOnly,
    response: creationOptions,
    errors: ["unauthenticated", "no_account", "reauthenticate", "unsupported"],
  }),
  passkeyRegister: endpoint({
    method: "POST",
    path: "/auth/passkey/register/verify",
    summary: "Add a passkey",
    description: "Needs a fresh sign-in. A credential that does not prove itself is `invalid_input`.",
    auth: "session",
    access: provenCredential,
    body: z.object({ credential: registrationCredential, name: name(64).optional() }),
    response: passkeyAccess,
    status: 201,
    errors: ["unauthenticated", "no_account", "reauthenticate", "unsupported"],
  }),
  passkeyLoginOptions: endpoint({
    method: "POST",
    path: "/auth/passkey/login/options",
    summary: "Begin to sign in with a passkey",
    description: "Names no account: the authenticator knows its own.",
    auth: "none",
    access: anybody,
    response: requestOptions,
    errors: ["unsupported"],
    rate: "signIn",
  }),
  passkeyLogin: endpoint({
    method: "POST",
    path: "/auth/passkey/login/verify",
    summary: "Sign in with a passkey",
    auth: "none",
    access: provenPasskey,
    body: z.object({ credential: loginCredential, cookie: z.boolean().optional() }),
    response: signedIn,
    errors: ["unauthenticated", "forbidden", "unsupported"],
    rate: "signIn",
  }),
  addIdentity: endpoint({
    method: "POST",
    path: "/user/{id}/identities",
    summary: "Link another identity to the own account",
    description:
      "Needs a fresh sign-in. An identity that is linked already answers 200; one of another account is `email_taken`.",
    auth: "session",
    access: selfWithIdentity,
    params: own,
    body: z.object({ jwt_token: idToken }),
    response: identityAccess,
    status: 201,
    repeatStatus: 200,
    errors: [...ownErrors, "reauthenticate", "email_taken"],
  }),
  changePassword: endpoint({
    method: "PUT",
    path: "/user/{id}/password",
    summary: "Change or set the own password",
    description:
      "Needs a fresh sign-in, and the old password where there is one. A password that is among the commonest is refused. Ends all other sessions.",
    auth: "session",
    access: selfOnly,
    params: own,
    body: z.object({ old: z.string().max(limits.passwordMax).optional(), new: newPassword }),
    response: z.literal("success"),
    errors: [...ownErrors, "reauthenticate"],
    rate: "signIn",
  }),
  listAccess: endpoint({
    method: "GET",
    path: "/user/{id}/access",
    summary:
      "Everything that can act for the caller: sessions, passkeys, identities, the calendar's addresses, phones",
    auth: "session",
    access: selfOnly,
    params: own,
    response: z.array(accessEntry),
    errors: ownErrors,
  }),
  revokeAccess: endpoint({
    method: "DELETE",
    path: "/user/{id}/access/{access}",
    summary: "Revoke one of them at once",
    description:
      "With a passkey or an identity go the sessions that it opened. The last way to sign in stays: `forbidden`.",
    auth: "session",
    access: selfAboutOwn,
    params: z.object({ id: userId, access: accessId }),
    response: z.literal("success"),
    errors: ownErrors,
  }),
} as const;

export type AccessEntry = z.input<typeof accessEntry>;
export type PasskeyAccess = z.input<typeof passkeyAccess>;
export type DeviceAccess = z.input<typeof deviceAccess>;
export type FeedAccess = z.input<typeof feedAccess>;
export type IdentityAccess = z.input<typeof identityAccess>;
