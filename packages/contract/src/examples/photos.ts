import type { ExamplesOf } from "../example.ts";
import type { photos } from "../photos.ts";
import { ids } from "./cast.ts";

/** A PNG of 2 × 1 pixels, in base64. */
const image =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR42mM4IQcEJwAHIwIJOwaaKQAAAABJRU5ErkJggg==";

export const photosExamples: ExamplesOf<typeof photos> = {
  uploadPhoto: {
    request: { params: { id: ids.event }, image },
    response: { id: ids.photo, width: 2, height: 1 },
  },
  getPhoto: {
    request: { params: { id: ids.photo }, query: { size: "thumb" } },
    response: { type: "image/webp" },
  },
};
