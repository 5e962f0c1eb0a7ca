import { z } from "zod";
import { parseBusUrl } from "./lib/bus-target.ts";
import type { RoutingTarget } from "./lib/routing/question.ts";
import { readTrustedProxies } from "./lib/trusted-proxies.ts";

export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item.length > 0),
);
export const onOff = z.enum(["on", "off"], "must be on or off").transform((value) => value === "on");
export const origin = z
  .string()
  .refine(isOrigin, "must be an http or https origin without a path, for instance https://jarvis.example")
  .transform((text) => new URL(text).origin);

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === ""
  );
}

export function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}

/** A host as it stands in addresses, so that the two can be compared; a port that is given stays, whichever it is. */
export const calendarHost = z
  .string()
  .refine(
    (text) => /^[^\s@/?#\\]+$/.test(text) && URL.parse(`http://${text}`) !== null,
    "must be hosts, for instance nas.lan or nas.lan:8443",
  )
  .transform((text) => new URL(`http://${text}`).hostname + (/:\d+$/.exec(text)?.[0] ?? ""));

/** `osrm+https://router.example/?walk=foot`: which router, where, and what its profiles are called. */
function routingTarget(text: string): RoutingTarget | null {
  const [, kind, address = ""] = /^(osrm|valhalla)\+(https?:\/\/.+)$/.exec(text) ?? [];
  const url = URL.parse(address);
  if (url === null || url.hash !== "" || (kind !== "osrm" && kind !== "valhalla")) return null;
  const usual = usualProfiles[kind];
  const given = Object.fromEntries(url.searchParams);
  if (!Object.entries(given).every(([name, value]) => name in usual && /^[\w-]{1,64}$/.test(value)))
    return null;
  const base = url.origin + url.pathname.replace(/\/+$/, "");
  return url.username === "" && url.password === "" ? { kind, base, profiles: { ...usual, ...given } } : null;
}

const usualProfiles = {
  osrm: { walk: "foot", cycle: "bike", ride: "car" },
  valhalla: { walk: "pedestrian", cycle: "bicycle", ride: "auto" },
} as const;

export const routing = z.string().transform((text, context) => {
  const target = text === "" ? null : routingTarget(text);
  if (text !== "" && target === null)
    context.addIssue({ code: "custom", message: "must be osrm+http(s)://… or valhalla+http(s)://…" });
  return target;
});

const issuerUrl = z.string().refine(isHttpUrl, "must be a URL");
const issuerEntry = z
  .object({
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, "name must be 1-32 of a-z, 0-9 and -"),
    issuer: issuerUrl,
    audiences: z
      .array(z.string().min(1))
      .min(1, "an issuer without an audience would accept other applications' tokens"),
    jwks_uri: issuerUrl.optional(),
    client_id: z.string().min(1).optional(),
    client_secret: z.string().min(1).optional(),
    email_domains: z.array(z.string().toLowerCase()).default([]),
  })
  .refine(
    ({ client_id, client_secret }) => (client_id === undefined) === (client_secret === undefined),
    "client_id and client_secret belong together",
  );
const issuerList = z.array(issuerEntry);
export const issuers = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "must be a JSON list of issuers" });
      return z.NEVER;
    }
  })
  .pipe(issuerList);

export const trustedProxies = z.string().transform((text, context) => {
  const trusted = readTrustedProxies(text);
  if (trusted !== undefined) return trusted;
  context.addIssue({
    code: "custom",
    message: "must be how many proxies there are, at most 8, or their addresses and ranges",
  });
  return z.NEVER;
});

/** What is wrong with a value, in one phrase. */
export function describe(error: z.ZodError): string {
  const issue = error.issues.map(firstLeaf).find((candidate) => candidate !== undefined);
  const path = issue?.path.length ? ` (${issue.path.join(".")})` : "";
  return `${issue?.message ?? "is not valid"}${path}`;
}

function firstLeaf(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const inner = issue.code === "invalid_union" ? issue.errors.at(-1)?.[0] : undefined;
  return inner === undefined ? issue : firstLeaf(inner);
}

/** `redis://`, `rediss://`, one host or several. */
export const bus = z.string().transform((text, context) => {
  const target = text === "" ? null : parseBusUrl(text);
  if (text !== "" && target === null)
    context.addIssue({ code: "custom", message: "must be redis://<host>:<port> or rediss://…" });
  return target;
});
