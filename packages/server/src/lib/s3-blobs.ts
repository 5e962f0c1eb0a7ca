import type { Clock } from "./clock.ts";
import { type Blobs, BlobsUnavailable, checkedName, isBlobName, type StoredFile } from "./blobs.ts";
import { errorCode } from "./folders.ts";

export interface S3Place {
  readonly bucket: string;
  /** In front of every name, without a slash at its end; empty for none. */
  readonly prefix: string;
  /** Empty: Amazon's, for the region. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How long a call may take; a file has 15 MiB at most. */
const callMs = 20_000;

/** Files in a bucket of S3, or of anything that speaks as it does. */
export function s3Blobs(place: S3Place, workFolder: string, clock: Clock): Blobs {
  const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey } = place;
  const start = prefix === "" ? "" : `${prefix}/`;
  const keyOf = (name: string) => start + checkedName(name);
  let made: Bun.S3Client | undefined;
  const client = () =>
    (made ??= new Bun.S3Client({
      bucket,
      region,
      accessKeyId,
      secretAccessKey,
      ...(endpoint === "" ? {} : { endpoint }),
    }));
  const call = <T>(work: Promise<T>) => inTime(clock, work);
  return {
    place: `s3://${bucket}/${prefix}`,
    folder: null,
    workFolder,
    async put(name, path) {
      await call(client().write(keyOf(name), await Bun.file(path).bytes()));
    },
    async open(name): Promise<StoredFile | null> {
      const file = client().file(keyOf(name));
      const size = await call(sizeOf(file));
      return size === null ? null : { size, stream: file.stream() };
    },
    async delete(name) {
      await call(client().delete(keyOf(name)));
    },
    async *list() {
      let from: string | undefined;
      do {
        const page = await call(client().list({ prefix: start, ...(from ? { startAfter: from } : {}) }));
        const keys = (page.contents ?? []).map(({ key }) => key);
        yield* keys.map((key) => key.slice(start.length)).filter(isBlobName);
        from = page.isTruncated ? keys.at(-1) : undefined;
      } while (from !== undefined);
    },
  };
}

async function sizeOf(file: Bun.S3File): Promise<number | null> {
  try {
    return (await file.stat()).size;
  } catch (error) {
    if (/^(?:NoSuchKey|NotFound)$/.test(errorCode(error))) return null;
    throw error;
  }
}

async function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let timer: { cancel(): void } | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.schedule(callMs, () => reject(new Error(`no answer within ${callMs} ms`)));
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw new BlobsUnavailable(error);
  } finally {
    timer?.cancel();
  }
}
