import type { Photo, PhotoId, PhotoType } from "@jarvis/contract";

/** First bytes, in hexadecimal. */
const signatures: readonly (readonly [PhotoType, RegExp])[] = [
  ["image/jpeg", /^ffd8ff/],
  ["image/png", /^89504e470d0a1a0a/],
  ["image/webp", /^52494646.{8}57454250/],
];

/** How many bytes say what an image is. */
export const signatureBytes = 12;

/** What an image is, by its first bytes; null for anything that is not shown here. */
export function sniff(start: Uint8Array): PhotoType | null {
  const digits = start.subarray(0, signatureBytes).toHex();
  return signatures.find(([, pattern]) => pattern.test(digits))?.[0] ?? null;
}

export type PhotoSize = "full" | "thumb";

/** The files of a photo. */
export function fileOf(id: PhotoId, size: PhotoSize): string {
  return size === "thumb" ? `${id}.thumb` : id;
}

export function filesOf(id: PhotoId): string[] {
  return [fileOf(id, "full"), fileOf(id, "thumb")];
}

/** The photo that a file belongs to. */
export function photoOf(file: string): PhotoId {
  return file.replace(/\.thumb$/, "") as PhotoId; // the name was made of it
}

/** When an id of version 7 was made (RFC 9562, section 5.7): whatever the file system says, after a restore too. */
export function madeMs(id: PhotoId): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}

const extensions: Readonly<Record<PhotoType, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
};

/** The name under which a browser keeps it; its parts are the server's own. */
export function downloadName(id: PhotoId, type: PhotoType): string {
  return `${id}.${extensions[type]}`;
}

interface Uploaded {
  id: PhotoId;
  width: number;
  height: number;
}

export function toPhoto({ id, width, height }: Uploaded): Photo {
  return { id, width, height };
}
