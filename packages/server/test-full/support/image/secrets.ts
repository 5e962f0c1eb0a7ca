import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What credentials look like: private keys (PEM), access keys of AWS, tokens of npm, GitHub, Google and Slack, passwords in
 * addresses. As secret scanners know them; each begins in a way that no other text does.
 */
const patterns: [string, RegExp][] = [
  ["private key", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/],
  ["AWS access key", /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ["npm token", /\bnpm_[A-Za-z0-9]{36}\b|_authToken=\S+/],
  ["GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b/],
  ["Google key", /\bAIza[A-Za-z0-9_-]{35}\b|"private_key_id":/],
  ["Slack token", /\bxox[abprs]-[A-Za-z0-9-]{20,}/],
  [
    "password in an address",
    /\b(?:postgres(?:ql)?|rediss?):\/\/[a-z_]+:(?!\$|<|\.\.\.|…|password@)[^@\s/"'`]{6,}@(?!localhost|127\.)/,
  ],
];

/** Files that hold settings or data of one installation, whatever is in them. */
const names =
  /(?:^|\/)(?:\.env(?:\..*)?|\.npmrc\.local|id_(?:rsa|ed25519|ecdsa)|.*\.(?:db|db-wal|pem|key|p12|pfx|keystore)|\.git|\.aws|\.docker)$/;

export interface Finding {
  path: string;
  what: string;
}

/** Walks a whole file system, and says where a secret lies, never which. */
export function findSecrets(root: string): Finding[] {
  const found: Finding[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (names.test(path)) found.push({ path, what: "file of an installation" });
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(...inFile(join(root, path), path));
    }
  };
  walk("");
  return found;
}

function inFile(file: string, path: string): Finding[] {
  const text = readFileSync(file, "latin1");
  return patterns.flatMap(([what, pattern]) => (pattern.test(text) ? [{ path, what }] : []));
}
