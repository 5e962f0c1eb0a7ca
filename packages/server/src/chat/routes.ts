import type { chat } from "@jarvis/contract";
import { type Handlers, page, repeatOf } from "../call.ts";
import { deleteMessage, editMessage } from "./changing.ts";
import { readMessage } from "./messages.ts";
import { listPinnedMessages, pinMessage, unpinMessage } from "./pins.ts";
import { addReaction, removeReaction } from "./reactions.ts";
import { markRead } from "./readers.ts";
import { awaitMessages, cursorOf, listMessages, rangeOf } from "./receive.ts";
import { searchMessages } from "./search.ts";
import { sendMessage } from "./sending.ts";
import { getChat } from "./service.ts";

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

  async searchMessages({ ctx, viewer, params, query }) {
    const { messages, nextCursor } = await searchMessages(ctx, viewer, params.id, query);
    return page(messages, nextCursor);
  },

  editMessage: ({ ctx, viewer, params, body }) =>
    editMessage(ctx, viewer, { event: params.id, seq: params.seq }, body),

  deleteMessage: ({ ctx, viewer, params }) =>
    deleteMessage(ctx, viewer, { event: params.id, seq: params.seq }),

  addReaction: ({ ctx, viewer, params: { id, seq, emoji } }) =>
    addReaction(ctx, viewer, { event: id, seq, emoji }),

  removeReaction: ({ ctx, viewer, params: { id, seq, emoji } }) =>
    removeReaction(ctx, viewer, { event: id, seq, emoji }),

  pinMessage: ({ ctx, viewer, params: { id, seq } }) => pinMessage(ctx, viewer, { event: id, seq }),

  unpinMessage: ({ ctx, viewer, params: { id, seq } }) => unpinMessage(ctx, viewer, { event: id, seq }),

  listPins: ({ ctx, viewer, params }) => listPinnedMessages(ctx, viewer, params.id),

  async markRead({ ctx, viewer, params, body }) {
    return { seq: await markRead(ctx, viewer, params.id, body.seq) };
  },
};
