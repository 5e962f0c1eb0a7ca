import type { polls } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { activate } from "./activation.ts";
import { addOptions, removeOption } from "./options.ts";
import { getPoll, setPoll } from "./service.ts";
import { setVotes } from "./voting.ts";

export const pollRoutes: Handlers<typeof polls> = {
  addOptions: ({ ctx, viewer, params, body }) => addOptions(ctx, viewer, params.id, body.options),
  getPoll: ({ ctx, viewer, params }) => getPoll(ctx, viewer, params.id),
  setPoll: ({ ctx, viewer, params, body }) => setPoll(ctx, viewer, params.id, body),
  async removeOption({ ctx, viewer, params }) {
    await removeOption(ctx, viewer, params.id, params.option);
    return "success";
  },
  setVotes: ({ ctx, viewer, params, body }) => setVotes(ctx, viewer, params.id, body),
  activate: ({ ctx, viewer, params, body, request }) =>
    activate(ctx, viewer, params.id, body, request.ifMatch),
};
