import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  Configuration,
  customFetch,
  refreshTokenGrant,
  ResponseBodyError,
} from "openid-client";
import type { Clock } from "../clock.ts";
import { calendarScope, type GoogleClient, type GoogleEndpoints } from "./endpoints.ts";
import { GoogleFault } from "./fault.ts";
import { ask } from "./http.ts";

/** What ties Google's answer to the browser and to the moment that asked for it. */
export interface ConsentSecrets {
  readonly state: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

export interface Grant {
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** Access to somebody's calendars that they have consented to (OAuth 2.0 for web server applications). */
export interface GoogleOAuth {
  consentUrl(redirectUri: string, secrets: ConsentSecrets): Promise<string>;
  /** Redeems what the browser brought back. */
  redeem(callbackUrl: URL, secrets: ConsentSecrets): Promise<Grant>;
  /** A fresh access token, and the refresh token to use from now on. */
  refresh(refreshToken: string): Promise<Grant>;
}

const bounds = { deadlineMs: 10_000, maxBytes: 64 * 1024 };

export function createGoogleOAuth(
  client: GoogleClient,
  endpoints: GoogleEndpoints,
  clock: Clock,
): GoogleOAuth {
  const configuration = toConfiguration(client, endpoints, clock);
  return {
    async consentUrl(redirectUri, { state, verifier }) {
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: calendarScope,
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        access_type: "offline",
        prompt: "consent", // a refresh token comes with a consent alone
      });
      return url.href;
    },
    async redeem(callbackUrl, { state, verifier }) {
      const checks = { expectedState: state, pkceCodeVerifier: verifier };
      const given = await judged(authorizationCodeGrant(configuration, callbackUrl, checks), "refused");
      if (given.refresh_token === undefined) throw new GoogleFault("bad_answer");
      const grant = { refreshToken: given.refresh_token, accessToken: given.access_token };
      if (given.scope !== undefined && !given.scope.split(" ").includes(calendarScope)) {
        throw new ScopeWithheld(grant);
      }
      return grant;
    },
    async refresh(refreshToken) {
      const given = await judged(refreshTokenGrant(configuration, refreshToken), "revoked");
      return { refreshToken: given.refresh_token ?? refreshToken, accessToken: given.access_token };
    },
  };
}

/** The person has signed in and left the calendars out: what was granted is to be revoked. */
export class ScopeWithheld extends Error {
  readonly grant: Grant;

  constructor(grant: Grant) {
    super("the calendars were left out");
    this.grant = grant;
  }
}

/** Gives a grant back; resolves also where it was gone already. Whoever holds a token may: it needs no secret. */
export async function revokeGrant(endpoints: GoogleEndpoints, token: string, clock: Clock): Promise<void> {
  const body = new URLSearchParams({ token });
  const answer = await ask(endpoints.revocation, { method: "POST", body }, { clock, ...bounds });
  if (answer.status !== 200 && !isGone(answer.text)) throw new GoogleFault("unavailable");
}

/** Google has no such token any more: expired, or revoked before. */
function isGone(text: string): boolean {
  return /"error"\s*:\s*"invalid_token"/.test(text);
}

function toConfiguration(client: GoogleClient, endpoints: GoogleEndpoints, clock: Clock): Configuration {
  const server = {
    issuer: endpoints.issuer,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
  };
  const configuration = new Configuration(server, client.id, undefined, ClientSecretPost(client.secret));
  configuration[customFetch] = async (url, { method, headers, body }) => {
    const form = body instanceof URLSearchParams ? body : null; // the library sends nothing else to a token endpoint
    const answer = await ask(url, { method, headers, body: form }, { clock, ...bounds });
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  };
  if (endpoints.token.startsWith("http:")) allowInsecureRequests(configuration);
  return configuration;
}

/** Only the kind of an error leaves here: those of the library hold what was exchanged. */
async function judged<T>(answer: Promise<T>, invalidGrant: "refused" | "revoked"): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw faultOf(error, invalidGrant);
  }
}

function faultOf(error: unknown, invalidGrant: "refused" | "revoked"): GoogleFault {
  if (error instanceof GoogleFault) return error;
  if (error instanceof ResponseBodyError) {
    if (error.status === 429) return new GoogleFault("rate_limited");
    if (error.status >= 500) return new GoogleFault("unavailable");
    return new GoogleFault(error.error === "invalid_grant" ? invalidGrant : "refused");
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // An answer that is no OAuth answer: a proxy's page, or one of a server in trouble.
  if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_TIMEOUT")
    return new GoogleFault("unavailable");
  const { cause } = error instanceof Error ? error : { cause: undefined };
  return cause instanceof GoogleFault ? cause : new GoogleFault("refused");
}
