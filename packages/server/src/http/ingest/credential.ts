/**
 * The token that a request presents: the password of Basic (RFC 7617) with any user name, a Bearer, or the last part of the
 * path. A header wins, also one that says nothing: two that disagree are not tried one after the other.
 */
export interface Credential {
  readonly token: string;
  readonly isInHeader: boolean;
}

export function credentialOf(header: string | null, path: string): Credential | null {
  if (header !== null) {
    const token = tokenIn(header);
    return token === null ? null : { token, isInHeader: true };
  }
  const token = /^\/ingest\/[a-z]+\/(?:.*\/)?([^/]+)\/?$/.exec(path)?.[1];
  return token === undefined ? null : { token, isInHeader: false };
}

function tokenIn(header: string): string | null {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : text.slice(colon + 1);
}
