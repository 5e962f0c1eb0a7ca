import type { Json } from "./world.ts";

/** Somebody with an account on a server that runs as a process. */
export interface Account {
  readonly id: string;
  readonly token: string;
  call(method: string, path: string, body?: unknown): Promise<{ status: number; response: Json }>;
}

export async function signUpAt(url: string, name: string): Promise<Account> {
  const body = { email: `${name}@example.org`, password: "correct horse", username: name };
  const { response } = await callAt(url, "POST", "/user", body, null);
  return accountAt(url, response.id, response.token);
}

/** The same account after a restart, on another port. */
export function accountAt(url: string, id: string, token: string): Account {
  return { id, token, call: (method, path, body) => callAt(url, method, path, body, token) };
}

async function callAt(url: string, method: string, path: string, body: unknown, token: string | null) {
  const answer = await fetch(url + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { response, code }: Json = await answer.json();
  return { status: answer.status, response: response ?? code };
}
