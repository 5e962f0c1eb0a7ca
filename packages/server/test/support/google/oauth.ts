import { createHash } from "node:crypto";
import type { Json } from "../world.ts";

export const client = { id: "jarvis.apps.googleusercontent.com", secret: "GOCSPX-the-secret-of-the-client" };
const scope = "https://www.googleapis.com/auth/calendar.readonly";

interface Code {
  challenge: string;
  redirectUri: string;
  scope: string;
}

/** Google's authorization server, for one person: OAuth 2.0 for web server applications. */
export class StandInOAuth {
  /** What the person does at the consent screen. */
  answer: "allow" | "deny" | "leave the scope out" = "allow";
  /** Refuses this client. */
  knowsClient = true;
  readonly codes = new Map<string, Code>();
  readonly refreshTokens = new Set<string>();
  readonly accessTokens = new Map<string, string>();
  /** All that was ever given: to look for where it must not be. */
  readonly given: string[] = [];
  /** Queries of the consent screen. */
  readonly asked: URLSearchParams[] = [];
  redeemed = 0;
  refreshed = 0;
  readonly revoked: string[] = [];

  authorize(query: URLSearchParams): Response {
    this.asked.push(query);
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    if (query.get("client_id") !== client.id || query.get("response_type") !== "code")
      return new Response("Error 400: invalid_request", { status: 400 });
    if (this.answer === "deny") back.searchParams.set("error", "access_denied");
    else {
      const granted = this.answer === "allow" ? (query.get("scope") ?? "") : "openid";
      back.searchParams.set("code", this.#code(query, granted));
      back.searchParams.set("scope", granted);
      back.searchParams.set("authuser", "0");
      back.searchParams.set("prompt", "consent");
    }
    return new Response(null, { status: 302, headers: { location: back.href } });
  }

  #code(query: URLSearchParams, granted: string): string {
    const code = this.#secret("4/0A");
    const challenge =
      query.get("code_challenge_method") === "S256" ? (query.get("code_challenge") ?? "") : "";
    this.codes.set(code, { challenge, redirectUri: query.get("redirect_uri") ?? "", scope: granted });
    return code;
  }

  token(form: URLSearchParams): Response {
    if (
      !this.knowsClient ||
      form.get("client_id") !== client.id ||
      form.get("client_secret") !== client.secret
    )
      return fault("invalid_client", 401);
    if (form.get("grant_type") === "refresh_token") return this.#refresh(form.get("refresh_token") ?? "");
    const code = this.codes.get(form.get("code") ?? "");
    this.codes.delete(form.get("code") ?? "");
    if (code === undefined || code.redirectUri !== form.get("redirect_uri")) return fault("invalid_grant");
    if (hash(form.get("code_verifier") ?? "") !== code.challenge) return fault("invalid_grant");
    this.redeemed++;
    const refresh = this.#secret("1//0");
    this.refreshTokens.add(refresh);
    return Response.json({ ...this.#access(refresh, code.scope), refresh_token: refresh });
  }

  #refresh(token: string): Response {
    if (!this.refreshTokens.has(token)) return fault("invalid_grant");
    this.refreshed++;
    return Response.json(this.#access(token, scope));
  }

  #access(refresh: string, granted: string): Json {
    const access_token = this.#secret("ya29.");
    this.accessTokens.set(access_token, refresh);
    return { access_token, expires_in: 3599, scope: granted, token_type: "Bearer" };
  }

  /** Google takes back all that the person has granted to this client. */
  revoke(form: URLSearchParams): Response {
    const token = form.get("token") ?? "";
    if (!this.refreshTokens.has(token) && !this.accessTokens.has(token)) return fault("invalid_token");
    this.revoked.push(token);
    this.revokeAll();
    return Response.json({});
  }

  revokeAll(): void {
    this.refreshTokens.clear();
    this.accessTokens.clear();
  }

  accepts(header: string | null): boolean {
    return this.accessTokens.has(header?.replace("Bearer ", "") ?? "");
  }

  #secret(prefix: string): string {
    const secret = `${prefix}${crypto.getRandomValues(new Uint8Array(24)).toHex()}`;
    this.given.push(secret);
    return secret;
  }
}

function hash(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function fault(error: string, status = 400): Response {
  return Response.json({ error, error_description: "Bad Request" }, { status });
}
