import { type Network, systemNetwork, type Target } from "../../src/lib/network.ts";

/** Tests reach this machine alone, whatever address they try. */
export const loopbackNetwork: Network = {
  resolve(host) {
    if (host !== "localhost") return Promise.reject(new Error("tests resolve no names of elsewhere"));
    return Promise.resolve(["127.0.0.1"]);
  },
  open(target) {
    if (!target.address.startsWith("127.")) throw new Error("tests dial this machine alone");
    return systemNetwork.open(target);
  },
};

/** An address that stands for a server on the internet. */
export const publicAddress = "93.184.215.14";

type Names = (host: string, nth: number) => readonly string[] | undefined;

/** A pretended internet. What is dialled is noted; one address leads to `site`, every other one to `trap`. */
export class PretendedNetwork implements Network {
  readonly dialled: Target[] = [];
  readonly asked: string[] = [];
  readonly #names: Names;
  readonly #ports: { readonly site: number; readonly trap: number };

  constructor(names: Names, ports: { readonly site: number; readonly trap: number }) {
    this.#names = names;
    this.#ports = ports;
  }

  resolve(host: string): Promise<readonly string[]> {
    const nth = this.asked.filter((asked) => asked === host).length;
    this.asked.push(host);
    const addresses = this.#names(host, nth);
    return addresses === undefined ? Promise.reject(new Error("no such name")) : Promise.resolve(addresses);
  }

  open(target: Target) {
    this.dialled.push(target);
    const port = target.address === publicAddress ? this.#ports.site : this.#ports.trap;
    // Nothing here has a certificate: of these names it is pretended.
    const secure = target.secure && target.serverName?.endsWith(".tls.example") !== true;
    return systemNetwork.open({ ...target, secure, address: "127.0.0.1", port });
  }
}

/** A server on loopback that notes who comes. */
export function startSite(answer: (request: Request) => Response | Promise<Response>) {
  const requests: { path: string; headers: Record<string, string> }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      requests.push({ path: pathname + search, headers: Object.fromEntries(request.headers) });
      return answer(request);
    },
  });
  return {
    requests,
    port: server.port ?? 0,
    url: `http://localhost:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
