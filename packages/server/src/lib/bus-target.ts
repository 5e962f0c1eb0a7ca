/** Where Valkey or Redis is. */
export interface BusTarget {
  readonly kind: "single" | "cluster";
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

const form = /^(rediss?):\/\/(?:((?:[^@/%]|%[0-7][0-9a-f])*)@)?([^/?#@]+)(?:\/(\d{1,2})?)?(\?cluster)?$/i;
const nodeForm = /^(\[[0-9a-f:]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const usualPort = 6379;

/** `redis://host:port/db`, `rediss://` with TLS; several hosts, or `?cluster`, are a cluster. Null for anything else. */
export function parseBusUrl(text: string): BusTarget | null {
  const [, scheme, login = "", hosts = "", db = "0", cluster] = form.exec(text) ?? [];
  if (scheme === undefined) return null;
  const nodes = hosts.split(",").map(parseNode);
  if (nodes.some((node) => node === null)) return null;
  const kind = cluster !== undefined || nodes.length > 1 ? "cluster" : "single";
  if (kind === "cluster" && db !== "0") return null; // a cluster has no others
  const [username, password] = parseLogin(login);
  return {
    kind,
    nodes: nodes.filter((node) => node !== null),
    tls: scheme === "rediss",
    username,
    password,
    db: Number(db),
  };
}

function parseNode(text: string): { host: string; port: number } | null {
  const [, host, port = String(usualPort)] = nodeForm.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function parseLogin(login: string): [string | undefined, string | undefined] {
  if (login === "") return [undefined, undefined];
  const [name = "", ...rest] = login.split(":");
  const decoded = (part: string) => (part === "" ? undefined : decodeURIComponent(part));
  return [decoded(name), decoded(rest.join(":"))];
}
