import type { chat } from "@jarvis/contract";
import { type Handlers, page, repeatOf } from "../call.ts";
import { awaitMessages, cursorOf, listMessages, rangeOf } from "./receive.ts";
import { deleteMessage, editMessage, getChat, markRead, readMessage, sendMessage } from "./service.ts";

export const chatRoutes: Handlers<typeof chat> = {
  getChat: ({ ctx, viewer, params }) => getChat(ctx, viewer, params.id),

  async sendMessage({ ctx, viewer, params, body, request: { creation } }) {
    if (creation !== null && creation.made !== null)
      return repeatOf(await readMessage(ctx, viewer, params.id, Number(creation.made)));
    const { message, repeat } = await sendMessage(ctx, viewer, params.id, body, creation);
    return repeat ? repeatOf(message) : message;
  },

  async listMessages({ ctx, viewer, params, query, request }) {
    const range = rangeOf(params.id, query);
    const seconds = query.wait ?? 0;
    const waits = seconds > 0 && range.before === undefined;
    const found = await (waits
      ? awaitMessages(ctx, viewer, params.id, range, { seconds, request })
      : listMessages(ctx, viewer, params.id, range));
    return page(found.messages, cursorOf(params.id, found));
  },

  editMessage: ({ ctx, viewer, params, body }) =>
    editMessage(ctx, viewer, { event: params.id, seq: params.seq }, body.text),

  deleteMessage: ({ ctx, viewer, params }) =>
    deleteMessage(ctx, viewer, { event: params.id, seq: params.seq }),

  async markRead({ ctx, viewer, params, body }) {
    return { seq: await markRead(ctx, viewer, params.id, body.seq) };
  },
};
