import { type friends, limits, userId, type UserRef } from "@jarvis/contract";
import { z } from "zod";
import { type Handlers, page } from "../call.ts";
import { cutPage, decodeCursor } from "../lib/cursor.ts";
import { block, blocksOf, unblock } from "./blocks.ts";
import { presenceOf } from "./online.ts";
import {
  answerRequest,
  friendsOf,
  openRequests,
  removeFriend,
  requestFriend,
  requireSelf,
  withdrawRequest,
} from "./service.ts";

const cursors = {
  friends: z.object({ list: z.literal("friends"), after: userId }),
  blocks: z.object({ list: z.literal("blocks"), after: userId }),
};

interface Paging {
  limit?: number | undefined;
  cursor?: string | undefined;
}

function pageOf(list: keyof typeof cursors, { limit, cursor }: Paging) {
  const after = cursor === undefined ? "" : decodeCursor(cursors[list], cursor).after;
  return { after, size: limit ?? limits.pageDefault };
}

function cut(list: keyof typeof cursors, rows: UserRef[], size: number) {
  return cutPage(rows, size, (last) => ({ list, after: last.id }));
}

export const friendRoutes: Handlers<typeof friends> = {
  async requestFriend({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, body.from);
    return requestFriend(ctx, viewer, params.id);
  },
  async withdrawFriendRequest({ ctx, viewer, params }) {
    await withdrawRequest(ctx, viewer, params.id);
    return "success";
  },
  getPresence: ({ ctx, viewer, params }) => presenceOf(ctx, viewer, params.id),
  async listFriendRequests({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return openRequests(ctx, viewer);
  },
  async answerFriendRequest({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    return answerRequest(ctx, viewer, params.from, body.answer);
  },
  async listFriends({ ctx, viewer, params, query }) {
    await requireSelf(ctx, viewer, params.id);
    const { after, size } = pageOf("friends", query);
    const { shown, nextCursor } = cut("friends", await friendsOf(ctx, viewer, after, size + 1), size);
    return page(query.expand === "user" ? shown : shown.map(({ id }) => id), nextCursor);
  },
  async removeFriend({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await removeFriend(ctx, viewer, params.other);
    return "success";
  },
  async block({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await block(ctx, viewer, params.other);
    return "success";
  },
  async unblock({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await unblock(ctx, viewer, params.other);
    return "success";
  },
  async listBlocks({ ctx, viewer, params, query }) {
    await requireSelf(ctx, viewer, params.id);
    const { after, size } = pageOf("blocks", query);
    const { shown, nextCursor } = cut("blocks", await blocksOf(ctx, viewer, after, size + 1), size);
    return page(shown, nextCursor);
  },
};
