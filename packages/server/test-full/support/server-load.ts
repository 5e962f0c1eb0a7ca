import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** One client of a server that runs elsewhere. */
export interface Client {
  readonly id: string;
  readonly token: string;
  call(method: string, path: string, body?: unknown): Promise<string>;
}

export interface Load {
  readonly chat: string;
  /** `client_id`s in the order of sending. */
  readonly messages: readonly string[];
  /** Events, each with one answer by `guest`, in the order of the calls. */
  readonly answered: readonly string[];
  readonly guest: string;
  /** People removed from `chat`'s event, in the order of the calls. */
  readonly removed: readonly string[];
  /** Tokens signed out, in the order of the calls. */
  readonly signedOut: readonly string[];
}

/** An issuer of ID tokens on loopback: an account costs one signature instead of a password hash. */
export async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "1", alg: "ES256", use: "sig" }];
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ keys }) });
  const issuer = `http://127.0.0.1:${server.port}`;
  const setting = {
    name: "club",
    issuer,
    audiences: ["app"],
    jwks_uri: `${issuer}/keys`,
    email_domains: ["example.org"],
  };
  return {
    setting: JSON.stringify([setting]),
    idToken: (name: string) =>
      new SignJWT({ email: `${name}@example.org`, email_verified: true })
        .setProtectedHeader({ alg: "ES256", kid: "1" })
        .setIssuer(issuer)
        .setAudience("app")
        .setSubject(name)
        .setIssuedAt()
        .setExpirationTime("1h")
        .sign(privateKey),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

/**
 * Messages beside answers and removals, then messages beside sign-outs: several kinds at once, so that their units
 * share commits, and each kind one after another, so that the n-th acknowledgement is that of the n-th call.
 */
export async function loadServer(url: string, issuer: Issuer, count: number): Promise<Load> {
  const owner = await signUp(url, issuer, "owner");
  const guest = await signUp(url, issuer, "guest");
  const people = await inTurn(count, (index) => signUp(url, issuer, `person-${index}`));
  const chat = await createEvent(
    owner,
    people.map(({ id }) => id),
  );
  const answered = await inTurn(count, () => createEvent(owner, [guest.id]));
  const messages = Array.from({ length: 2 * count }, (_, index) => `message-${index}`);
  const send = (name: string) =>
    owner.call("POST", `/chat/${chat}/messages`, { text: name.repeat(20), client_id: name });
  await Promise.all([
    inTurn(count, (index) => send(`message-${index}`)),
    inTurn(count, (index) => guest.call("PUT", `/event/${answered[index]}/rsvp`, { status: "accepted" })),
    inTurn(count, (index) => owner.call("DELETE", `/event/${chat}/people/${people[index]?.id}`)),
  ]);
  await Promise.all([
    inTurn(count, (index) => send(`message-${count + index}`)),
    inTurn(count, async (index) => people[index]?.call("PUT", `/user/${people[index]?.id}/logout`)),
  ]);
  const removed = people.map(({ id }) => id);
  return { chat, messages, answered, guest: guest.id, removed, signedOut: people.map(({ token }) => token) };
}

async function signUp(url: string, issuer: Issuer, name: string): Promise<Client> {
  const jwt = await issuer.idToken(name);
  const created = await request(url, "", "POST", "/user", {
    email: `${name}@example.org`,
    jwt_token: jwt,
    username: name,
  });
  const { id, token } = (JSON.parse(created) as { response: { id: string; token: string } }).response; // the contract's answer
  return { id, token, call: (method, path, body) => request(url, token, method, path, body) };
}

async function createEvent(owner: Client, people: string[]): Promise<string> {
  const created = await owner.call("POST", "/event", { name: "Dinner", duration: 3600, people });
  return (JSON.parse(created) as { response: { id: string } }).response.id; // the contract's answer
}

async function request(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text;
}

async function inTurn<T>(count: number, task: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index++) results.push(await task(index));
  return results;
}
