import type { polls } from "@jarvis/contract";
import { type Handlers, largeReply } from "../call.ts";
import { activate } from "./activation.ts";
import { addOptions, removeOption } from "./options.ts";
import { getPoll, setPoll } from "./service.ts";
import { setVotes } from "./voting.ts";

export const pollRoutes: Handlers<typeof polls> = {
  addOptions: ({ ctx, viewer, params, body }) => addOptions(ctx, viewer, params.id, body.options),
  getPoll: async ({ ctx, viewer, params }) => largeReply(await getPoll(ctx, viewer, params.id)),
  setPoll: async ({ ctx, viewer, params, body }) => largeReply(await setPoll(ctx, viewer, params.id, body)),
  async removeOption({ ctx, viewer, params }) {
    await removeOption(ctx, viewer, params.id, params.option);
    return "success";
  },
  setVotes: ({ ctx, viewer, params, body }) => setVotes(ctx, viewer, params.id, body),
  activate: ({ ctx, viewer, params, body, request }) =>
    activate(ctx, viewer, params.id, body, request.ifMatch),
};
