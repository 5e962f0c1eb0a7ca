import { lookup } from "node:dns/promises";
import { type ClientRequest, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";

/** What is dialled: an address, never a name. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** The name in the certificate, and in the server name indication; null where the URL names an address. */
  readonly serverName: string | null;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a host is found and reached, so that a test may put its own in place. */
export interface Network {
  /** Every address that the name has now. */
  resolve(host: string): Promise<readonly string[]>;
  /** Begins a GET of exactly this target. */
  open(target: Target): ClientRequest;
}

/**
 * Found by experiment with Bun 1.4.5, of which other clients do not give the same: `node:http(s)` with an address as its
 * host asks no resolver, takes no proxy from the environment, follows no redirect, decodes nothing, keeps no connection
 * (`agent: false`), and checks the certificate against `servername`. Bun ignores `createConnection` beside `agent: false`,
 * so that a connection of our own cannot be handed in; `fetch` resolves by itself and takes proxies from the environment.
 */
export const systemNetwork: Network = {
  async resolve(host) {
    // The system's resolver, as everything else on this machine: with its hosts file, its CNAMEs followed.
    return (await lookup(host, { all: true })).map(({ address }) => address);
  },
  open({ address, port, secure, serverName, path, headers }) {
    const common = {
      host: address,
      port,
      path,
      method: "GET",
      agent: false,
      setHost: false,
      headers,
    } as const;
    if (!secure) return requestPlain(common);
    return requestSecure(serverName === null ? common : { ...common, servername: serverName });
  },
};
