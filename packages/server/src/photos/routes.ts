import type { photos } from "@jarvis/contract";
import { bytesReply, type Handlers } from "../call.ts";
import { readPhoto, uploadPhoto } from "./service.ts";

export const photoRoutes: Handlers<typeof photos> = {
  uploadPhoto: ({ ctx, viewer, params, body }) => uploadPhoto(ctx, viewer, params.id, body),

  async getPhoto({ ctx, viewer, params, query }) {
    return bytesReply(await readPhoto(ctx, viewer, params.id, query.size ?? "full"));
  },
};
