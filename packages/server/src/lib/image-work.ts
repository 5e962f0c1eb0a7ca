/** What the process that decodes images is asked, and answers. */
export interface ImageJob {
  readonly source: string;
  /** Where the image and its thumbnail go. */
  readonly image: string;
  readonly thumbnail: string;
  readonly maxPixels: number;
  readonly maxSide: number;
  readonly thumbnailSide: number;
  /** A PNG that is larger becomes WebP. */
  readonly maxBytes: number;
}

export type ImageFormat = "jpeg" | "png" | "webp";

export interface Converted {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/** Why there is no image: it cannot be decoded, or it has too many pixels. */
export type ImageFault = "undecodable" | "pixels";

export type ImageOutcome = Converted | { readonly fault: ImageFault };

/** How a process ends that has taken too much memory. */
export const outOfMemory = 3;
