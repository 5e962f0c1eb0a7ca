import type { BunPlugin } from "bun";
import {
  closeCodes,
  contract,
  type Endpoint,
  errorTable,
  limits,
  realtimeLimits,
  subprotocol,
} from "@jarvis/contract";

/** What a client does with an endpoint: it sorts arguments and reads the answer, and checks neither. */
function toClient({ method, path, auth, query, body, bodyAs, upload, document, ...rest }: Endpoint): object {
  const { download, redirect, events, paged } = rest;
  const shape = query && Object.fromEntries(Object.keys(query.shape).map((name) => [name, 1]));
  const sent = { query: shape && { shape }, body: body && 1, bodyAs, upload };
  return { method, path, auth, ...sent, document, download, redirect, events, paged };
}

const features = Object.entries(contract).map(([feature, endpoints]) => {
  const entries: [string, Endpoint][] = Object.entries(endpoints);
  return [feature, Object.fromEntries(entries.map(([name, endpoint]) => [name, toClient(endpoint)]))];
});

const values = {
  contract: Object.fromEntries(features),
  closeCodes,
  errorTable,
  limits,
  realtimeLimits,
  subprotocol,
};

/**
 * Puts in the place of the contract what of it a client uses, as plain values: without its schemas, and so without Zod,
 * which are three fifths of what the bundle would be. Whatever else the SDK imports of the contract's values, the build
 * misses it and says so.
 */
export const lean: BunPlugin = {
  name: "lean",
  setup(build) {
    build.onLoad({ filter: /[/\\]contract[/\\]src[/\\]index\.ts$/ }, () => {
      const lines = Object.entries(values).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      lines.push("export const isErrorCode = (code) => Object.hasOwn(errorTable, code);");
      return { loader: "js", contents: lines.join("\n") };
    });
  },
};
