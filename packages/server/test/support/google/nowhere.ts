import type { GoogleEndpoints } from "../../../src/lib/google-calendar/endpoints.ts";

/** No test speaks with the true one. Nobody listens here. */
const origin = "http://127.0.0.1:1";

export const googleNowhere: GoogleEndpoints = {
  issuer: "https://accounts.google.com",
  authorization: `${origin}/o/oauth2/v2/auth`,
  token: `${origin}/token`,
  revocation: `${origin}/revoke`,
  api: `${origin}/calendar/v3`,
};
