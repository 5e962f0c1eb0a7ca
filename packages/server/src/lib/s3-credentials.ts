import type { Clock } from "./clock.ts";

/** Keys of a user, or where a container asks for those of its role. */
export type S3Credentials =
  | { readonly kind: "keys"; readonly accessKeyId: string; readonly secretAccessKey: string }
  | {
      readonly kind: "role";
      readonly relativeUri: string;
      readonly fullUri: string;
      readonly tokenFile: string;
    };

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A role's keys are asked for again while those at hand can still be used: Amazon renews them before that. */
const renewMs = 5 * 60_000;

/**
 * Gives the keys to sign with. Those of a role hold for some hours; whoever comes while they are asked for waits for the same
 * answer, and where there is none, those at hand are used until they end.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function keysFrom(credentials: S3Credentials, clock: Clock): () => Promise<S3Keys> {
  if (credentials.kind === "keys") {
    const { accessKeyId, secretAccessKey } = credentials;
    return () => Promise.resolve({ accessKeyId, secretAccessKey });
  }
  let held: { keys: S3Keys; untilMs: number } | undefined;
  let asked: Promise<S3Keys> | undefined;
  const ask = async (): Promise<S3Keys> => {
    try {
      const { expiration, ...keys } = await askRole(credentials);
      held = { keys, untilMs: expiration?.getTime() ?? Number.POSITIVE_INFINITY };
      return keys;
    } catch (error) {
      if (held !== undefined && clock.now() < held.untilMs) return held.keys;
      throw error;
    } finally {
      asked = undefined;
    }
  };
  return () => {
    if (held !== undefined && clock.now() < held.untilMs - renewMs) return Promise.resolve(held.keys);
    return (asked ??= ask());
  };
}

async function askRole({ relativeUri, fullUri, tokenFile }: Extract<S3Credentials, { kind: "role" }>) {
  // Loaded where it is used: most servers have no role.
  const { fromHttp } = await import("@aws-sdk/credential-provider-http");
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await fromHttp({
    ...(relativeUri === "" ? {} : { awsContainerCredentialsRelativeUri: relativeUri }),
    ...(fullUri === "" ? {} : { awsContainerCredentialsFullUri: fullUri }),
    ...(tokenFile === "" ? {} : { awsContainerAuthorizationTokenFile: tokenFile }),
    maxRetries: 1,
    timeout: 1_000,
  })();
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    expiration,
  };
}
