import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * `cut`: the connection ends before the server hears anything. `lost`: the server takes it, and its answer is lost.
 * `unavailable`: a proxy on the way says that the server is not to be had.
 */
export type Fault = "cut" | "lost" | "unavailable";

/** What is between a phone and the server. */
export interface BadNetwork extends AsyncDisposable {
  readonly url: string;
  /** What happens to the next requests, in this order; then all is well. */
  readonly faults: Fault[];
  /** What has happened. */
  readonly happened: Fault[];
}

/** In front of a server that may move. */
export async function badNetwork(target: () => string): Promise<BadNetwork> {
  const faults: Fault[] = [];
  const happened: Fault[] = [];
  const listener = createServer((request, response) => {
    const fault = faults.shift();
    if (fault !== undefined) happened.push(fault);
    pass(target(), fault, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    happened,
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

async function pass(
  target: string,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (fault === "cut") return void request.socket.destroy();
  const body = Buffer.concat(await Array.fromAsync<Buffer>(request));
  if (fault === "unavailable") return void response.writeHead(503).end();
  const answer = await fetch(target + (request.url ?? ""), {
    method: request.method ?? "GET",
    headers: headersOf(request),
    ...(body.byteLength > 0 ? { body } : {}),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (fault === "lost") return void request.socket.destroy();
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(bytes);
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string" && !/^(host|connection|content-length|keep-alive)$/.test(name)) {
      headers.set(name, value);
    }
  }
  return headers;
}
