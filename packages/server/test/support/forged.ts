/** A name that stands in every forged header which can hold one, so that it is found wherever it leaks to. */
export const forgedHost = "evil.example";
export const forgedAddress = "203.0.113.7";

const addresses = words(`
  x-forwarded-for x-real-ip x-client-ip true-client-ip cf-connecting-ip fastly-client-ip
  x-cluster-client-ip x-originating-ip x-remote-ip x-remote-addr client-ip
`);
const hosts = words(`
  x-forwarded-host x-forwarded-server x-original-host x-host x-http-host-override
`);
const users = words(`
  x-user-id x-user x-userid x-user-email x-remote-user remote-user x-webauth-user x-forwarded-user
  x-forwarded-email x-auth-request-user x-auth-request-email x-auth-user x-amzn-oidc-identity
  x-goog-authenticated-user-email x-ms-client-principal-id x-account-id
`);

/** What proxies, and whoever plays one, say about a request: where it came from, for which host and as whom. */
export function forged(given: { user?: string; address?: string; proto?: string } = {}) {
  const { user = forgedHost, address = forgedAddress, proto = "https" } = given;
  const each = (names: string[], value: string) => Object.fromEntries(names.map((name) => [name, value]));
  return {
    ...each(addresses, address),
    ...each(hosts, forgedHost),
    ...each(users, user),
    ...each(["x-forwarded-proto", "x-forwarded-scheme", "x-url-scheme", "x-forwarded-protocol"], proto),
    ...each(["x-original-url", "x-rewrite-url", "x-forwarded-uri"], `/user/${forgedHost}`),
    ...each(["x-http-method-override", "x-method-override", "x-forwarded-method"], "DELETE"),
    ...each(["x-request-id", "x-correlation-id", "x-session-id"], `id-of-${forgedHost}`),
    forwarded: `for="${address}";host=${forgedHost};proto=${proto};by=${forgedHost}`,
    "x-forwarded-prefix": `/${forgedHost}`,
    "x-forwarded-port": "443",
    "x-forwarded-ssl": proto === "https" ? "on" : "off",
    "front-end-https": proto === "https" ? "on" : "off",
    via: `1.1 ${forgedHost}`,
  };
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
