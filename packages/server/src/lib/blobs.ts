/** What is read of a file: its size, and its bytes as they are asked for. */
export interface StoredFile {
  readonly size: number;
  readonly stream: ReadableStream<Uint8Array>;
}

/** Files that are too large for the database, by names that this server makes. */
export interface Blobs {
  /** Where it is, for people. */
  readonly place: string;
  /** A folder on the disk for files on their way in; what a crash has left there is cleared at the first use. */
  readonly workFolder: string;
  /** The folder that holds the files, where they are on this machine. */
  readonly folder: string | null;
  /** Takes a file over from the work folder. Once it resolves, the file survives a power cut. */
  put(name: string, path: string): Promise<void>;
  /** Null where there is none of this name. */
  open(name: string): Promise<StoredFile | null>;
  /** Nothing is said where there is none of this name. */
  delete(name: string): Promise<void>;
  list(): AsyncIterable<string>;
}

/** A place for files that does not answer, or not in time. */
export class BlobsUnavailable extends Error {
  constructor(cause: unknown) {
    super("the place for files does not answer", { cause });
    this.name = "BlobsUnavailable";
  }
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const namePattern = new RegExp(`^${uuid}(?:\\.thumb)?$`);

/** Whether a name is one that this server can have given: whatever else lies there is not ours. */
export function isBlobName(name: string): boolean {
  return namePattern.test(name);
}

/** No path, no parent folder, no byte that means something to a file system. */
export function checkedName(name: string): string {
  if (!isBlobName(name)) throw new Error("not the name of a file of this server");
  return name;
}
