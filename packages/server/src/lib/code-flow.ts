import {
  type AuthorizationCodeGrantChecks,
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  clockTolerance,
  Configuration,
  ResponseBodyError,
} from "openid-client";
import { z } from "zod";
import { AppError } from "./app-error.ts";
import { fetchJson } from "./bounded-fetch.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Log } from "./log.ts";

/** An issuer as the configuration names it; one with a client secret signs browsers in. */
export interface CodeFlowIssuer {
  readonly name: string;
  readonly issuer: string;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
}

/** What ties the answer of an issuer to the browser and to the moment that asked for it. */
export interface FlowSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

/** Sign-in with an issuer in a browser: authorization code with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 9700). */
export interface CodeFlow {
  /** Whether an issuer of this name signs browsers in. */
  offers(name: string): boolean;
  /** Where to send the browser. Throws `unavailable` where the issuer cannot be reached. */
  authorizationUrl(name: string, redirectUri: string, secrets: FlowSecrets): Promise<string>;
  /** Redeems what the browser brought back; gives the ID token, whose signature is still to be verified. Throws `unauthenticated`. */
  redeem(name: string, callbackUrl: URL, secrets: FlowSecrets): Promise<string>;
}

const metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).optional(),
});
type Metadata = z.output<typeof metadata>;

interface Client {
  readonly issuer: string;
  readonly id: string;
  readonly secret: string;
  cached?: { readonly metadata: Metadata; readonly fetchedMs: number };
}

const cachedForMs = 60 * 60_000;
const timeoutS = 5;
const toleratedS = 60;

export function createCodeFlow(
  issuers: readonly CodeFlowIssuer[],
  { clock, log }: { clock: Clock; log: Log },
): CodeFlow {
  const clients = new Map<string, Client>();
  for (const { name, issuer, client_id: id, client_secret: secret } of issuers) {
    if (id !== undefined && secret !== undefined) clients.set(name, { issuer, id, secret });
  }

  async function configuration(name: string): Promise<Configuration> {
    const client = clients.get(name);
    if (client === undefined) throw new AppError("not_found");
    return toConfiguration(client, await metadataOf(client), clock);
  }

  async function metadataOf(client: Client): Promise<Metadata> {
    const { cached } = client;
    if (cached !== undefined && clock.monotonic() - cached.fetchedMs < cachedForMs) return cached.metadata;
    try {
      const fetched = await discover(client.issuer, clock);
      client.cached = { metadata: fetched, fetchedMs: clock.monotonic() };
      return fetched;
    } catch (error) {
      log.warn({ issuer: client.issuer, error }, "an issuer does not say how to sign in");
      throw unreachable();
    }
  }

  return {
    offers: (name) => clients.has(name),
    async authorizationUrl(name, redirectUri, { state, nonce, verifier }) {
      const url = buildAuthorizationUrl(await configuration(name), {
        redirect_uri: redirectUri,
        scope: "openid email profile",
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return url.href;
    },
    async redeem(name, callbackUrl, { state, nonce, verifier }) {
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      };
      return grant(await configuration(name), callbackUrl, checks, (reason) =>
        log.warn({ issuer: name, ...reason }, "a sign-in with an issuer failed"),
      );
    },
  };
}

async function discover(issuer: string, clock: Clock): Promise<Metadata> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = metadata.parse(await fetchJson(url, clock));
  if (document.issuer !== issuer) throw new Error("the discovery document is of another issuer");
  return document;
}

function toConfiguration({ issuer, id, secret }: Client, server: Metadata, clock: Clock): Configuration {
  const methods = server.token_endpoint_auth_methods_supported;
  const authentication = methods?.includes("client_secret_post")
    ? ClientSecretPost(secret)
    : ClientSecretBasic(secret);
  const skewS = Math.round((clock.now() - systemClock.now()) / 1_000);
  const times = { [clockSkew]: skewS, [clockTolerance]: toleratedS };
  const configuration = new Configuration(server, id, times, authentication);
  configuration.timeout = timeoutS;
  if (issuer.startsWith("http:")) allowInsecureRequests(configuration);
  return configuration;
}

/** Checks `state`, `iss` (RFC 9207) and `nonce`, and redeems the code with the verifier. */
async function grant(
  configuration: Configuration,
  callbackUrl: URL,
  checks: AuthorizationCodeGrantChecks,
  failed: (reason: { code: string; reason: string }) => void,
): Promise<string> {
  try {
    const { id_token } = await authorizationCodeGrant(configuration, callbackUrl, checks);
    if (id_token === undefined) throw new AppError("unauthenticated");
    return id_token;
  } catch (error) {
    const answer = isRefusal(error) ? new AppError("unauthenticated") : unreachable();
    failed({ code: answer.code, reason: reasonOf(error) });
    throw answer;
  }
}

const disturbances = new Set(["OAUTH_TIMEOUT", "OAUTH_ABORT", "OAUTH_RESPONSE_IS_NOT_CONFORM"]);

/** Told apart from an issuer that could not be asked. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return true;
  if (error instanceof AppError) return error.code === "unauthenticated";
  return error instanceof ClientError && error.code !== undefined && !disturbances.has(error.code);
}

/** A word that holds nothing of what was exchanged. */
function reasonOf(error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return /^[\w-]{1,50}$/.test(error.error) ? error.error : error.name;
  }
  if (error instanceof ClientError) return error.code ?? error.name;
  return error instanceof Error ? error.name : "unknown";
}

function unreachable(): AppError {
  return new AppError("unavailable", { detail: "The issuer cannot be reached", retryAfterS: 10 });
}
