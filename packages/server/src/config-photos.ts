/** Where photos are: a folder of this machine, or a bucket. */
export type PhotoPlace =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    };

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

/** Where photos are, as the settings say. */
export function photoPlace(values: PhotoSettings): PhotoPlace {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(values.JARVIS_PHOTOS) ?? [];
  if (bucket === undefined) return { kind: "folder", path: values.JARVIS_PHOTOS };
  const accessKeyId = values.JARVIS_S3_ACCESS_KEY_ID;
  const secretAccessKey = values.JARVIS_S3_SECRET_ACCESS_KEY;
  if (accessKeyId === "" || secretAccessKey === "")
    throw new ConfigError(["JARVIS_S3_ACCESS_KEY_ID and JARVIS_S3_SECRET_ACCESS_KEY are needed for s3://"]);
  const endpoint = values.JARVIS_S3_ENDPOINT;
  return {
    kind: "s3",
    bucket,
    prefix,
    endpoint,
    region: values.JARVIS_S3_REGION,
    accessKeyId,
    secretAccessKey,
  };
}
