import type { Clock } from "./clock.ts";

const deadlineMs = 3_000;
const maxBytes = 64 * 1024;

/** Gets a small JSON document: no redirect is followed, and time and size are cut, whatever the other side does. */
export async function fetchJson(address: string, clock: Clock): Promise<unknown> {
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new Error("not an address of the web");
  const cut = new AbortController();
  const deadline = clock.schedule(deadlineMs, () => cut.abort(new Error("the answer took too long")));
  try {
    return JSON.parse(await readText(url, cut));
  } finally {
    deadline.cancel();
    cut.abort(); // lets go of what was not read
  }
}

async function readText(url: URL, cut: AbortController): Promise<string> {
  const headers = { accept: "application/json" };
  const response = await fetch(url, { redirect: "manual", signal: cut.signal, headers });
  if (response.status !== 200) throw new Error(`the answer has status ${response.status}`);
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error("the answer is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
