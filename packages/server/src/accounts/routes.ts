import type { contract } from "@jarvis/contract";
import { type Handlers, page, repeatOf } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { profileOf } from "../schedule/service.ts";
import { login, searchUsers, signOut, signOutEverywhere, signUp, updateUser } from "./service.ts";

export const accountRoutes: Handlers<typeof contract.accounts> = {
  async createUser({ ctx, body, request }) {
    const { signedIn, repeat } = await signUp(ctx, body, request);
    return repeat ? repeatOf(signedIn) : signedIn;
  },
  login: ({ ctx, body }) => login(ctx, body),
  async searchUsers({ ctx, viewer, query }) {
    const { found, nextCursor } = await searchUsers(ctx, viewer, query);
    return page(found, nextCursor);
  },
  getUser: ({ ctx, viewer, params, query }) => profileOf(ctx, viewer, params.id, query),
  getSchedule: ({ ctx, viewer, params, query }) => profileOf(ctx, viewer, params.id, query),
  async updateUser({ ctx, viewer, params, body, request }) {
    await requireSelf(ctx, viewer, params.id);
    await updateUser(ctx, viewer, body, request.ifMatch);
    return profileOf(ctx, viewer, viewer.id, {});
  },
  async logout({ ctx, viewer, params, query }) {
    await requireSelf(ctx, viewer, params.id);
    await (query.everywhere === "true" ? signOutEverywhere : signOut)(ctx, viewer);
    return "success";
  },
};
