import { setPriority } from "node:os";
import sharp, { type Sharp } from "sharp";
import {
  type Converted,
  type ImageFault,
  type ImageFormat,
  type ImageJob,
  type ImageOutcome,
  outOfMemory,
} from "./image-work.ts";

// A process of its own, started by `Images` alone: what breaks, leaks or hangs while an image is decoded is not the server.

/** More than this and it is ended. Photos of 50 megapixels take 200 to 350 MiB; interlaced ones of 16 bits take more. */
const maxRssBytes = 512 * 1024 * 1024;
const watchMs = 20;

process.umask(0o077);
setPriority(10); // decoding can wait, messages cannot
sharp.cache(false);
sharp.concurrency(1);
// Of all that libvips reads, these three alone: no SVG, PDF or raw format, whatever a file says it is.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpegFile", "VipsForeignLoadPngFile", "VipsForeignLoadWebpFile"],
});

async function convert(job: ImageJob): Promise<ImageOutcome> {
  const options = { limitInputPixels: job.maxPixels, failOn: "error", sequentialRead: true } as const;
  try {
    const { format } = await sharp(job.source, options).metadata();
    if (!isFormat(format)) return { fault: "undecodable" };
    // Nothing is kept that is not asked for: no EXIF, XMP, IPTC, comment or profile; colours become sRGB.
    const pipeline = sharp(job.source, options)
      .autoOrient()
      .resize({ width: job.maxSide, height: job.maxSide, fit: "inside", withoutEnlargement: true })
      .toColourspace("srgb");
    const converted = await write(pipeline, format, job);
    await sharp(job.image)
      .resize({
        width: job.thumbnailSide,
        height: job.thumbnailSide,
        fit: "inside",
        withoutEnlargement: true,
      })
      .webp({ quality: 75 })
      .toFile(job.thumbnail);
    return converted;
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

function isFormat(format: string): format is ImageFormat {
  return format === "jpeg" || format === "png" || format === "webp";
}

async function write(pipeline: Sharp, format: ImageFormat, job: ImageJob): Promise<Converted> {
  const encoded = {
    jpeg: () => pipeline.clone().jpeg({ quality: 85 }),
    png: () => pipeline.clone().png(),
    webp: () => pipeline.clone().webp({ quality: 85 }),
  }[format]();
  const { width, height, size } = await encoded.toFile(job.image);
  return format === "png" && size > job.maxBytes ? write(pipeline, "webp", job) : { format, width, height };
}

function faultOf(error: unknown): ImageFault {
  return error instanceof Error && error.message.includes("pixel limit") ? "pixels" : "undecodable";
}

function watchMemory(): void {
  if (process.memoryUsage.rss() > maxRssBytes) process.exit(outOfMemory);
}

setInterval(watchMemory, watchMs);
process.on("disconnect", () => process.exit(0));
process.on("message", (job: ImageJob) => {
  void convert(job).then((outcome) => process.send?.(outcome));
});
