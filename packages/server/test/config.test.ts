import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ConfigError, loadConfig, settings } from "../src/config.ts";

test("starts without any setting", () => {
  expect(loadConfig({})).toEqual({
    port: 3000,
    host: "0.0.0.0",
    publicUrl: null,
    databaseUrl: "sqlite:data/jarvis.db",
    databaseConnections: 10,
    bus: null,
    photos: { kind: "folder", path: "" },
    issuers: [],
    localAccounts: true,
    signup: "open",
    corsOrigins: [],
    metricsToken: null,
    rateLimits: true,
    trustedProxies: { ranges: [] },
    calendarHosts: [],
    routing: null,
    logLevel: "info",
    drainSeconds: 0,
    commit: "group",
  });
});

test("names every wrong setting at once", () => {
  const wrong = {
    JARVIS_PORT: "80000",
    JARVIS_HOST: "",
    JARVIS_PUBLIC_URL: "https://jarvis.example/path",
    JARVIS_DATABASE_URL: "mysql://db",
    JARVIS_DATABASE_CONNECTIONS: "0",
    JARVIS_BUS_URL: "nats://bus",
    JARVIS_OIDC_ISSUERS: "[{]",
    JARVIS_LOCAL_ACCOUNTS: "yes",
    JARVIS_SIGNUP: "maybe",
    JARVIS_CORS_ORIGINS: "https://a.example, b.example",
    JARVIS_CALENDAR_HOSTS: "nas.lan, me@nas.lan",
    JARVIS_METRICS_TOKEN: "short",
    JARVIS_TRUSTED_PROXIES: "proxy.lan",
    JARVIS_RATE_LIMITS: "0",
    JARVIS_LOG_LEVEL: "loud",
    JARVIS_COMMIT: "none",
    JARVIS_TYPO: "x",
  };
  const problems = problemsOf(wrong);
  for (const name of Object.keys(wrong)) {
    expect(
      problems.filter((problem) => problem.startsWith(`${name} `)),
      name,
    ).toHaveLength(1);
  }
  expect(problems).toHaveLength(Object.keys(wrong).length);
});

test("a problem does not repeat the value: it may be a secret", () => {
  const secret = "hunter2-secret";
  const everywhere = Object.fromEntries(Object.keys(settings).map((name) => [name, secret]));
  expect(problemsOf(everywhere).join("\n")).not.toContain(secret);
});

test("every setting has a value that is refused, except those that take any text", () => {
  const free = new Set(["JARVIS_HOST", "JARVIS_GOOGLE_CLIENT_ID", "JARVIS_METRICS_TOKEN"]);
  for (const name of Object.keys(settings)) {
    if (!free.has(name)) expect(problemsOf({ [name]: "\u0000 nonsense" }), name).toHaveLength(1);
  }
});

test.each(["", "-1", "65536", "3000x", "0x10", "3e3", " 3000"])("the port %p is refused", (port) => {
  expect(problemsOf({ JARVIS_PORT: port })).toHaveLength(1);
});

test("an issuer without an audience is refused: it would accept other applications' tokens", () => {
  const issuer = { name: "club", issuer: "https://id.example", audiences: [] };
  expect(problemsOf({ JARVIS_OIDC_ISSUERS: JSON.stringify([issuer]) })[0]).toContain("audience");
});

test("a browser's sign-in needs both halves of the client, whose tokens are for this server", () => {
  const issuer = { name: "club", issuer: "https://id.example", audiences: ["app"] };
  const half = [{ ...issuer, client_id: "web" }];
  expect(problemsOf({ JARVIS_OIDC_ISSUERS: JSON.stringify(half) })[0]).toContain("belong together");
  const whole = [{ ...issuer, client_id: "web", client_secret: "s" }];
  expect(loadConfig({ JARVIS_OIDC_ISSUERS: JSON.stringify(whole) }).issuers[0]?.audiences).toEqual([
    "app",
    "web",
  ]);
  const google = { JARVIS_GOOGLE_CLIENT_ID: "a,b", JARVIS_GOOGLE_CLIENT_SECRET: "secret" };
  expect(loadConfig(google).issuers[0]).toMatchObject({ client_id: "a", client_secret: "secret" });
});

test("lists of audiences and origins lose blanks and empty parts", () => {
  const config = loadConfig({
    JARVIS_GOOGLE_CLIENT_ID: " a , ,b,",
    JARVIS_CORS_ORIGINS: "https://A.example/ ,",
  });
  expect(config.issuers[0]?.audiences).toEqual(["a", "b"]);
  expect(config.corsOrigins).toEqual(["https://a.example"]);
});

test("the README's table lists every setting as it is", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const table = /<!-- settings: begin -->\n([^]*?)\n<!-- settings: end -->/.exec(readme)?.[1];
  const rows = Object.entries(settings).map(
    ([name, { fallback, meaning }]) =>
      `| \`${name}\` | ${fallback === "" ? "(empty)" : `\`${fallback}\``} | ${meaning} |`,
  );
  expect(table?.split("\n").slice(2)).toEqual(rows);
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
