import type { contract } from "@jarvis/contract";
import { type Handlers, page, Reply } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { profileOf } from "../schedule/service.ts";
import { answerSignIn } from "./browser.ts";
import { login, searchUsers, signOut, signOutEverywhere, signUp, updateUser } from "./service.ts";

export const accountRoutes: Handlers<typeof contract.accounts> = {
  createUser: ({ ctx, body, request }) =>
    answerSignIn(ctx, request, body.cookie, () => signUp(ctx, body, request)),
  login: ({ ctx, body, request }) =>
    answerSignIn(ctx, request, body.cookie, async () => ({
      signedIn: await login(ctx, body),
      repeat: false,
    })),
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
  async logout({ ctx, viewer, params, query, request }) {
    await requireSelf(ctx, viewer, params.id);
    await (query.everywhere === "true" ? signOutEverywhere : signOut)(ctx, viewer);
    return new Reply("success", request.cookie === null ? {} : { cookies: { session: null } });
  },
};
