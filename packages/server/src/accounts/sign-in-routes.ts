import type { contract } from "@jarvis/contract";
import { type Handlers, Reply } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { listAccess, revokeAccess } from "./access.ts";
import { answerSignIn } from "./browser.ts";
import { addIdentity, changePassword } from "./credentials.ts";
import { finishSignIn, startSignIn } from "./issuer-sign-in.ts";
import { loginOptions, loginWithPasskey, registerPasskey, registrationOptions } from "./passkeys.ts";

export const signInRoutes: Handlers<typeof contract.access> = {
  startSignIn: ({ ctx, params, query, request }) => startSignIn(ctx, params.issuer, query.return, request),
  finishSignIn: ({ ctx, params, query, request }) => finishSignIn(ctx, params.issuer, query, request),
  passkeyRegisterOptions: async ({ ctx, viewer, request }) => ({
    ...(await registrationOptions(ctx, viewer, request)),
  }),
  passkeyRegister: ({ ctx, viewer, body, request }) => registerPasskey(ctx, viewer, body, request),
  passkeyLoginOptions: async ({ ctx, request }) => ({ ...(await loginOptions(ctx, request)) }),
  passkeyLogin: ({ ctx, body, request }) =>
    answerSignIn(ctx, request, body.cookie, async () => ({
      signedIn: await loginWithPasskey(ctx, body.credential, request),
      repeat: false,
    })),
  async addIdentity({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    const { access, repeat } = await addIdentity(ctx, viewer, body.jwt_token);
    return new Reply(access, { repeat });
  },
  async changePassword({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    await changePassword(ctx, viewer, body);
    return "success";
  },
  async listAccess({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return listAccess(ctx, viewer);
  },
  async revokeAccess({ ctx, viewer, params, request }) {
    await requireSelf(ctx, viewer, params.id);
    await revokeAccess(ctx, viewer, params.access);
    const isOwn = request.cookie !== null && params.access === viewer.session;
    return new Reply("success", isOwn ? { cookies: { session: null } } : {});
  },
};
