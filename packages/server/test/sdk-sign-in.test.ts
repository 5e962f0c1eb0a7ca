import { expect, test } from "bun:test";
import { createClient, type Fetch, type SocketConstructor } from "@jarvis/sdk";
import { Authenticator } from "./support/authenticator.ts";
import { quickPasswords } from "./support/identities.ts";
import { createWorld, type World } from "./support/world.ts";

const ann = { email: "ann@example.org", password: "correct horse", username: "Ann" };

/** What a browser adds to a page's calls and sockets: the origin, and the cookies of this server. */
function browserOf(world: World): { fetch: Fetch; WebSocket: SocketConstructor } {
  let cookie = "";
  class PageSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      // Bun's WebSocket takes headers, which the browser's type does not know.
      super(url, { protocols, headers: { cookie, origin: world.url } } as unknown as string[]);
    }
  }
  return {
    WebSocket: PageSocket,
    async fetch(url, init) {
      const headers = new Headers(init.headers);
      headers.set("origin", world.url);
      if (cookie !== "") headers.set("cookie", cookie);
      const response = await fetch(url, { ...init, headers });
      for (const header of response.headers.getSetCookie()) cookie = header.split(";")[0] ?? "";
      return response;
    },
  };
}

test("a page signs in without ever holding a token, calls, hears, and signs out", async () => {
  await using world = await createWorld({ overrides: { passwords: quickPasswords() } });
  const client = createClient({ baseUrl: world.url, ...browserOf(world) });
  const { id, token } = await client.signUp({ ...ann, cookie: true });
  expect([token, client.token]).toEqual([undefined, null]);
  const connection = client.realtime();
  const first = await connection[Symbol.asyncIterator]().next();
  expect(first.value).toMatchObject({ type: "welcome", user: id });
  connection.close();
  const access = await client.access.listAccess({ id });
  expect(access.map((entry) => [entry.kind, entry.kind === "session" && entry.current])).toEqual([
    ["session", true],
  ]);
  await client.accounts.logout({ id });
  const refused = await client.access.listAccess({ id }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "unauthenticated" });
});

test("an app adds a passkey, signs in with it and revokes it", async () => {
  const origin = "https://jarvis.example";
  const env = { JARVIS_PUBLIC_URL: origin };
  await using world = await createWorld({ env, overrides: { passwords: quickPasswords() } });
  const client = createClient({ baseUrl: world.url });
  const { id } = await client.signUp(ann);
  const device = new Authenticator(origin);
  const credential = await device.create(await client.access.passkeyRegisterOptions());
  const passkey = await client.access.passkeyRegister({ credential, name: "Phone" });
  const answer = await device.get(await client.access.passkeyLoginOptions());
  expect((await client.access.passkeyLogin({ credential: answer })).id).toBe(id);
  await client.access.changePassword({ id, old: ann.password, new: "battery staple" });
  expect(await client.access.revokeAccess({ id, access: passkey.id })).toBe("success");
  expect((await client.access.listAccess({ id })).map(({ kind }) => kind)).toEqual(["session"]);
});
