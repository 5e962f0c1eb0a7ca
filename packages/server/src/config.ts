import { z } from "zod";
import { ConfigError, type PhotoPlace, photoPlace } from "./config-photos.ts";
import {
  bus,
  calendarHost,
  describe,
  isHttpUrl,
  issuers,
  list,
  onOff,
  origin,
  routing,
  trustedProxies,
} from "./config-values.ts";
import { isDatabaseAddress } from "./lib/database-address.ts";
import type { BusTarget } from "./lib/bus-target.ts";
import type { LogLevel } from "./lib/log.ts";
import type { TrustedProxies } from "./lib/trusted-proxies.ts";
import type { RoutingTarget } from "./lib/routing/question.ts";

export { ConfigError, type PhotoPlace };

/** An OpenID Connect issuer whose ID tokens are accepted. */
export interface Issuer {
  name: string;
  issuer: string;
  audiences: string[];
  jwks_uri?: string | undefined;
  /** Domains whose addresses this issuer may confirm; Google may confirm any. */
  email_domains: string[];
  /** With a secret, browsers sign in through this issuer as this client. */
  client_id?: string | undefined;
  client_secret?: string | undefined;
}

export interface Config {
  port: number;
  host: string;
  /** Origin under which people reach this server, without a trailing slash; null: `http://localhost` with the port. */
  publicUrl: string | null;
  databaseUrl: string;
  /** Of this server to PostgreSQL, at most. */
  databaseConnections: number;
  /** Where nodes hear of each other; null: there is one. */
  bus: BusTarget | null;
  photos: PhotoPlace;
  issuers: Issuer[];
  localAccounts: boolean;
  signup: "open" | "invite" | "closed";
  corsOrigins: string[];
  metricsToken: string | null;
  rateLimits: boolean;
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: TrustedProxies;
  /** Hosts, with or without a port, whose calendars are read wherever they are. */
  calendarHosts: string[];
  /** What is asked how long a way is; null: nobody. */
  routing: RoutingTarget | null;
  logLevel: LogLevel;
  /** How long a server that is asked to stop serves on, unready. */
  drainSeconds: number;
  /** `single` commits every unit of work by itself: for comparing in the benchmark. */
  commit: "group" | "single";
}

/** Every setting: its variable, its default and its meaning. The README's table is checked against this. */
export const settings = {
  JARVIS_PORT: setting(
    "3000",
    "TCP port to listen on",
    z
      .string()
      .regex(/^\d{1,5}$/, "must be a port number")
      .transform(Number)
      .pipe(z.int().max(65_535)),
  ),
  JARVIS_HOST: setting("0.0.0.0", "Address to listen on", z.string().min(1)),
  JARVIS_PUBLIC_URL: setting(
    "",
    "Origin under which people reach the server; `http://localhost` with the port when empty",
    z.union([z.literal("").transform(() => null), origin]),
  ),
  JARVIS_DATABASE_URL: setting(
    "sqlite:data/jarvis.db",
    "Where the data lives: `sqlite:<file>`, or `postgres://…` for many servers on one store",
    z.string().refine(isDatabaseAddress, "must be sqlite:<file> or postgres://<user>@<host>/<database>"),
  ),
  JARVIS_DATABASE_CONNECTIONS: setting(
    "10",
    "Connections of this server to PostgreSQL, at most",
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/, "must be a number from 1 to 999")
      .transform(Number),
  ),
  JARVIS_PHOTOS: setting(
    "",
    "Where photos live: a folder, or `s3://<bucket>/<prefix>`; `photos` beside the database file, or in `data`, when empty",
    z.string().regex(/^(?!s3:)\P{Cc}*$|^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[\w.-]+)*\/?$/u, {
      message: "must be a folder or s3://<bucket>/<prefix>",
    }),
  ),
  JARVIS_S3_ENDPOINT: setting(
    "",
    "URL of the S3 service; Amazon's for the region when empty",
    z.union([z.literal(""), z.string().refine(isHttpUrl, "must be an http or https URL")]),
  ),
  JARVIS_S3_REGION: setting("us-east-1", "Region of the bucket", z.string().regex(/^[a-z0-9-]{1,40}$/)),
  JARVIS_S3_ACCESS_KEY_ID: setting(
    "",
    "Key id for the bucket; on ECS and EKS the role of the container when empty",
    z.string().regex(/^[\x21-\x7e]*$/),
  ),
  JARVIS_S3_SECRET_ACCESS_KEY: setting("", "Its secret", z.string().regex(/^[\x21-\x7e]*$/)),
  JARVIS_BUS_URL: setting(
    "",
    "Valkey or Redis between several nodes: `redis://host:6379`, `rediss://` with TLS, several hosts or `?cluster` for a cluster; in process when empty",
    bus,
  ),
  JARVIS_GOOGLE_CLIENT_ID: setting(
    "",
    "Audiences of accepted Google ID tokens, comma-separated; Google sign-in is off when empty",
    list,
  ),
  JARVIS_GOOGLE_CLIENT_SECRET: setting(
    "",
    "Secret of the first of these audiences: browsers sign in with Google at /auth/google/start, and people connect their calendars there",
    z.union([
      z.literal("").transform(() => null),
      z.string().regex(/^[\x21-\x7e]+$/, "must be a client secret"),
    ]),
  ),
  JARVIS_OIDC_ISSUERS: setting(
    "[]",
    "JSON list of further issuers: {name, issuer, audiences, jwks_uri?, client_id?, client_secret?, email_domains?}",
    issuers,
  ),
  JARVIS_LOCAL_ACCOUNTS: setting("on", "Accounts with e-mail and password: on or off", onOff),
  JARVIS_SIGNUP: setting(
    "open",
    "Who may create an account: open, invite (whoever an event has invited by e-mail) or closed",
    z.enum(["open", "invite", "closed"], "must be open, invite or closed"),
  ),
  JARVIS_CORS_ORIGINS: setting(
    "",
    "Origins whose pages may call the API, comma-separated",
    list.pipe(z.array(origin)),
  ),
  JARVIS_CALENDAR_HOSTS: setting(
    "",
    "Hosts of the own network whose calendars may be connected, comma-separated: `nas.lan` or `nas.lan:8443`",
    list.pipe(z.array(calendarHost)),
  ),
  JARVIS_ROUTING_URL: setting(
    "",
    "Router that tells how long ways are, `osrm+https://…` or `valhalla+https://…`, profiles as `?walk=foot&cycle=bike&ride=car`. It learns where people are who share it; straight lines count when empty",
    routing,
  ),
  JARVIS_METRICS_TOKEN: setting(
    "",
    "Bearer token for /metrics from other machines; loopback needs none",
    z.union([z.literal("").transform(() => null), z.string().min(16, "must have at least 16 characters")]),
  ),
  JARVIS_TRUSTED_PROXIES: setting(
    "",
    "Proxies whose `X-Forwarded-For` says where a request comes from, and, without a public URL, `X-Forwarded-Proto` and `-Host` what was asked for: how many there are, or their addresses and ranges, comma-separated; nobody when empty",
    trustedProxies,
  ),
  JARVIS_RATE_LIMITS: setting("on", "Rate limits: on, or off for benchmarks", onOff),
  JARVIS_LOG_LEVEL: setting(
    "info",
    "debug, info, warn, error or silent",
    z.enum(["debug", "info", "warn", "error", "silent"], "must be debug, info, warn, error or silent"),
  ),
  JARVIS_DRAIN_SECONDS: setting(
    "0",
    "How long to serve on after SIGTERM, not ready any more, until a balancer sends nothing new; sockets close within half as long again",
    z
      .string()
      .regex(/^\d{1,3}$/, "must be a number of seconds")
      .transform(Number)
      .pipe(z.int().max(300, "must be at most 300")),
  ),
  JARVIS_COMMIT: setting(
    "group",
    "group, or single to compare in the benchmark",
    z.enum(["group", "single"], "must be group or single"),
  ),
} as const;

function setting<S extends z.ZodType>(fallback: string, meaning: string, schema: S) {
  return { fallback, meaning, schema };
}

type Settings = { [K in keyof typeof settings]: z.output<(typeof settings)[K]["schema"]> };

const googleIssuer = "https://accounts.google.com";

/** Reads the settings. Throws one ConfigError that names every problem, an unknown `JARVIS_` variable included. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const problems = unknownSettings(env);
  const values: Record<string, unknown> = {};
  for (const [name, { schema, fallback }] of Object.entries(settings)) {
    const parsed = schema.safeParse(env[name] ?? fallback);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} ${describe(parsed.error)}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(values as Settings, env); // every key was parsed by its own schema above
}

/** As whom Google knows this server, where it has a secret there. */
export function googleClient({ issuers }: Config): { id: string; secret: string } | null {
  const google = issuers.find(({ issuer, client_secret }) => issuer === googleIssuer && client_secret);
  const { client_id: id, client_secret: secret } = google ?? {};
  return id === undefined || secret === undefined ? null : { id, secret };
}

function unknownSettings(env: Record<string, string | undefined>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("JARVIS_") && !Object.hasOwn(settings, name))
    .map((name) => `${name} is not a setting of this server`);
}

/** Tokens for the client that this server signs browsers in with are for this server. */
function withOwnAudience(issuer: Issuer): Issuer {
  const { client_id, audiences } = issuer;
  if (client_id === undefined || audiences.includes(client_id)) return issuer;
  return { ...issuer, audiences: [...audiences, client_id] };
}

function toConfig(values: Settings, env: Record<string, string | undefined>): Config {
  const google = values.JARVIS_GOOGLE_CLIENT_ID;
  const secret = values.JARVIS_GOOGLE_CLIENT_SECRET;
  const googleClient = secret === null ? {} : { client_id: google[0], client_secret: secret };
  const googleEntry = {
    name: "google",
    issuer: googleIssuer,
    audiences: google,
    email_domains: [],
    ...googleClient,
  };
  return {
    port: values.JARVIS_PORT,
    host: values.JARVIS_HOST,
    publicUrl: values.JARVIS_PUBLIC_URL,
    databaseUrl: values.JARVIS_DATABASE_URL,
    databaseConnections: values.JARVIS_DATABASE_CONNECTIONS,
    bus: values.JARVIS_BUS_URL,
    photos: photoPlace(values, env),
    issuers: [
      ...(google.length > 0 ? [googleEntry] : []),
      ...values.JARVIS_OIDC_ISSUERS.map(withOwnAudience),
    ],
    localAccounts: values.JARVIS_LOCAL_ACCOUNTS,
    signup: values.JARVIS_SIGNUP,
    corsOrigins: values.JARVIS_CORS_ORIGINS,
    metricsToken: values.JARVIS_METRICS_TOKEN,
    rateLimits: values.JARVIS_RATE_LIMITS,
    trustedProxies: values.JARVIS_TRUSTED_PROXIES,
    calendarHosts: values.JARVIS_CALENDAR_HOSTS,
    routing: values.JARVIS_ROUTING_URL,
    logLevel: values.JARVIS_LOG_LEVEL,
    drainSeconds: values.JARVIS_DRAIN_SECONDS,
    commit: values.JARVIS_COMMIT,
  };
}
