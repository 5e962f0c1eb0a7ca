import type { S3Place } from "./lib/s3-blobs.ts";
import type { S3Credentials } from "./lib/s3-credentials.ts";

/** Where photos are: a folder of this machine, or a bucket. */
export type PhotoPlace =
  | { readonly kind: "folder"; readonly path: string }
  | ({ readonly kind: "s3" } & S3Place);

/** A setting, or several together, cannot be. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

interface PhotoSettings {
  readonly JARVIS_PHOTOS: string;
  readonly JARVIS_S3_ENDPOINT: string;
  readonly JARVIS_S3_REGION: string;
  readonly JARVIS_S3_ACCESS_KEY_ID: string;
  readonly JARVIS_S3_SECRET_ACCESS_KEY: string;
}

/** Where photos are, as the settings say; `env` is what the platform around the server says of its role. */
export function photoPlace(values: PhotoSettings, env: Record<string, string | undefined>): PhotoPlace {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(values.JARVIS_PHOTOS) ?? [];
  if (bucket === undefined) return { kind: "folder", path: values.JARVIS_PHOTOS };
  return {
    kind: "s3",
    bucket,
    prefix,
    endpoint: values.JARVIS_S3_ENDPOINT,
    region: values.JARVIS_S3_REGION,
    credentials: credentialsOf(values, env),
  };
}

/** Keys that are given count; else the role of the container, which ECS and EKS name by variables of their own. */
function credentialsOf(values: PhotoSettings, env: Record<string, string | undefined>): S3Credentials {
  const accessKeyId = values.JARVIS_S3_ACCESS_KEY_ID;
  const secretAccessKey = values.JARVIS_S3_SECRET_ACCESS_KEY;
  if (accessKeyId !== "" && secretAccessKey !== "") return { kind: "keys", accessKeyId, secretAccessKey };
  const relativeUri = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] ?? "";
  const fullUri = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
  const hasHalf = accessKeyId !== "" || secretAccessKey !== "";
  if (hasHalf || (relativeUri === "" && fullUri === ""))
    throw new ConfigError([
      "JARVIS_S3_ACCESS_KEY_ID and JARVIS_S3_SECRET_ACCESS_KEY are needed for s3://, or neither where the container has a role",
    ]);
  const tokenFile = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] ?? "";
  return { kind: "role", relativeUri, fullUri, tokenFile };
}
