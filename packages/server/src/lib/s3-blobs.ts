import type { Clock } from "./clock.ts";
import { type Blobs, BlobsUnavailable, checkedName, isBlobName, type StoredFile } from "./blobs.ts";
import { errorCode } from "./folders.ts";
import { keysFrom, type S3Credentials, type S3Keys } from "./s3-credentials.ts";

export interface S3Place {
  readonly bucket: string;
  /** In front of every name, without a slash at its end; empty for none. */
  readonly prefix: string;
  /** Empty: Amazon's, for the region. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: S3Credentials;
}

/** How long a call may take; a file has 15 MiB at most. */
const callMs = 20_000;

/** Files in a bucket of S3, or of anything that speaks as it does. */
export function s3Blobs(place: S3Place, workFolder: string, clock: Clock): Blobs {
  const { bucket, prefix, endpoint, region, credentials } = place;
  const start = prefix === "" ? "" : `${prefix}/`;
  const keyOf = (name: string) => start + checkedName(name);
  const current = keysFrom(credentials, clock);
  let made: { client: Bun.S3Client; keys: S3Keys } | undefined;
  const client = async () => {
    const keys = await current();
    if (made?.keys.accessKeyId === keys.accessKeyId) return made.client;
    const where = endpoint === "" ? {} : { endpoint };
    made = { client: new Bun.S3Client({ bucket, region, ...keys, ...where }), keys };
    return made.client;
  };
  const call = <T>(work: (client: Bun.S3Client) => Promise<T>) => inTime(clock, client().then(work));
  return {
    place: `s3://${bucket}/${prefix}`,
    folder: null,
    workFolder,
    async put(name, path) {
      const [key, bytes] = [keyOf(name), await Bun.file(path).bytes()];
      await call((s3) => s3.write(key, bytes));
    },
    async open(name): Promise<StoredFile | null> {
      const key = keyOf(name);
      return call(async (s3) => {
        const file = s3.file(key);
        const size = await sizeOf(file);
        return size === null ? null : { size, stream: file.stream() };
      });
    },
    async delete(name) {
      const key = keyOf(name);
      await call((s3) => s3.delete(key));
    },
    async *list() {
      let from: string | undefined;
      do {
        const after: { startAfter?: string } = from === undefined ? {} : { startAfter: from };
        const page = await call((s3) => s3.list({ prefix: start, ...after }));
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
