import { OAuth2Server } from "oauth2-mock-server";
import { Browser } from "./browser.ts";
import { movedClock } from "./clock.ts";
import { type Answer, createWorld, type World, type WorldOptions } from "./world.ts";

/** An issuer with its own pages, as far as a code flow needs them. */
export interface CodeIssuer extends AsyncDisposable {
  readonly url: string;
  readonly server: OAuth2Server;
  /** What the next ID tokens say beside the standard claims. */
  claims: Record<string, unknown>;
  /** Parameters that it puts on, changes or, with null, takes from the address it sends the browser back to. */
  callback: Record<string, string | null>;
  /** Answers of its token endpoint so far. */
  readonly tokensGiven: number;
}

export async function startCodeIssuer(more: object = {}): Promise<CodeIssuer> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  let tokensGiven = 0;
  const issuer: CodeIssuer = {
    url: server.issuer.url ?? "",
    server,
    claims: { sub: "ann", email: "ann@example.org", email_verified: true, name: "Ann Example" },
    callback: {},
    get tokensGiven() {
      return tokensGiven;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  server.service.on("beforeTokenSigning", (token: { payload: object }) => {
    Object.assign(token.payload, issuer.claims);
  });
  server.service.on("beforeResponse", () => tokensGiven++);
  server.service.on("beforeWellKnownOpenIdConfiguration", (response: { body: object }) => {
    Object.assign(response.body, more);
  });
  server.service.on("beforeAuthorizeRedirect", ({ url }: { url: URL }) => {
    for (const [name, value] of Object.entries(issuer.callback)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
  });
  return issuer;
}

export interface CodeFlowWorld extends World {
  readonly issuer: CodeIssuer;
  readonly other: CodeIssuer;
}

/** A world with two issuers that sign browsers in; its clock begins now, as theirs cannot be moved. */
export async function createCodeFlowWorld(
  options: WorldOptions = {},
  more: object = {},
): Promise<CodeFlowWorld> {
  const issuer = await startCodeIssuer(more);
  const other = await startCodeIssuer(more);
  const entry = (name: string, { url }: CodeIssuer) => ({
    name,
    issuer: url,
    audiences: ["jarvis"],
    client_id: "jarvis",
    client_secret: "a secret",
    email_domains: ["example.org"],
  });
  const env = {
    JARVIS_OIDC_ISSUERS: JSON.stringify([entry("main", issuer), entry("other", other)]),
    ...options.env,
  };
  const world = await createWorld({ clock: movedClock(Date.now()), ...options, env });
  const extra = {
    issuer,
    other,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
  return new Proxy(world, {
    get: (target, key) => Reflect.get(key in extra ? extra : target, key),
  }) as CodeFlowWorld; // every member is of one or of the other
}

/** Begins at our server and goes through the issuer's pages; gives the address it sends the browser back to. */
export async function atIssuer(browser: Browser, start = "/auth/main/start"): Promise<string> {
  return consent((await browser.open(start)).headers.get("location") ?? "");
}

/** Says yes at the issuer. */
export async function consent(address: string): Promise<string> {
  const answer = await fetch(address, { redirect: "manual" });
  const back = new URL(answer.headers.get("location") ?? "");
  return back.pathname + back.search;
}

export async function signInAt(world: World, start?: string): Promise<{ browser: Browser; answer: Answer }> {
  const browser = new Browser(world);
  const answer = await browser.open(await atIssuer(browser, start));
  return { browser, answer };
}
