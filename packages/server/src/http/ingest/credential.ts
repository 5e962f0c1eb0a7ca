import { passwordOf } from "../../lib/basic-auth.ts";

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
  return bearer ?? passwordOf(header);
}
