import { type friends, limits, userId } from "@jarvis/contract";
import { z } from "zod";
import { type Handlers, page } from "../call.ts";
import { decodeCursor, encodeCursor } from "../lib/cursor.ts";
import { block, blocksOf, unblock } from "./blocks.ts";
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

/** One row more than the page was asked for, to know whether there is more. */
function cut<T extends { id: string }>(list: keyof typeof cursors, rows: T[], size: number) {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const next = rows.length > size && last ? encodeCursor({ list, after: last.id }) : undefined;
  return { shown, next };
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
    const { shown, next } = cut("friends", await friendsOf(ctx, viewer, after, size + 1), size);
    return page(query.expand === "user" ? shown : shown.map(({ id }) => id), next);
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
    const { shown, next } = cut("blocks", await blocksOf(ctx, viewer, after, size + 1), size);
    return page(shown, next);
  },
};
