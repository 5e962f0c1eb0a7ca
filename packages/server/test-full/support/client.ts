import type { Json } from "../../test/support/world.ts";

export interface Answered {
  status: number;
  code: string | undefined;
  retryAfter: string | null;
  response: Json;
}

export interface Person {
  id: string;
  token: string;
  call(method: string, path: string, body?: unknown): Promise<Answered>;
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answered> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { code, response }: Json = await answer.json();
  return { status: answer.status, code, retryAfter: answer.headers.get("retry-after"), response };
}

/** Makes an account as people do. */
export async function signUp(url: string, username: string): Promise<Person> {
  const account = { email: `${username}@example.org`, password: "correct horse", username };
  const { response } = await call(url, "POST", "/user", account);
  const { id, token } = response;
  return { id, token, call: (method, path, body) => call(url, method, path, body, token) };
}

/** The server's process under a program that started it as its only child. */
export async function childOf(pid: number): Promise<number> {
  const children = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return Number(children.trim());
}

export interface Memory {
  nowMiB: number;
  peakMiB: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  const field = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { nowMiB: field("VmRSS"), peakMiB: field("VmHWM") };
}
