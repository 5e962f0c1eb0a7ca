import { z } from "zod";
import { photoViewers, uploaders } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { eventId, photoId } from "./ids.ts";
import { limits } from "./limits.ts";

/** What a photo may be when it is sent, and what one is when it is shown. */
export const photoTypes = ["image/jpeg", "image/png", "image/webp"] as const;
export type PhotoType = (typeof photoTypes)[number];

/** A photo as messages show it. The image itself is at `/photos/<id>`. */
export const photo = z.object({ id: photoId, width: z.int().min(1), height: z.int().min(1) });

/** Photos of a message that is sent: the sender's own, uploaded to this event. */
export const photoIds = z
  .array(photoId)
  .max(limits.photosPerMessage)
  .refine((ids) => new Set(ids).size === ids.length, "must not name a photo twice");

const signedInErrors = ["unauthenticated", "no_account", "not_found"] as const;

export const photos = {
  uploadPhoto: endpoint({
    method: "POST",
    path: "/event/{id}/photos",
    summary: "Upload a photo, to show it in messages of this event",
    description:
      "The body is the image itself, at most 10 MiB: JPEG, PNG or WebP, as its bytes say. It is turned upright, made smaller where it is larger than 4,096 pixels on a side, and kept without any metadata. A photo that no message shows is deleted a day after its upload.",
    auth: "session",
    access: uploaders,
    params: z.object({ id: eventId }),
    upload: photoTypes,
    response: photo,
    status: 201,
    errors: [...signedInErrors, "unsupported"],
    rate: "photo",
  }),
  getPhoto: endpoint({
    method: "GET",
    path: "/photos/{id}",
    summary: "The image, or with `size=thumb` a WebP of at most 320 pixels on a side",
    auth: "session",
    access: photoViewers,
    params: z.object({ id: photoId }),
    query: z.object({ size: z.enum(["full", "thumb"]).optional() }),
    response: z.custom<Blob>(),
    download: photoTypes,
    errors: signedInErrors,
  }),
} as const;

export type Photo = z.input<typeof photo>;
