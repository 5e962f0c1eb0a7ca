const gone = {
  domain: "calendar",
  reason: "fullSyncRequired",
  message: "Sync token is no longer valid, a full sync is required.",
  locationType: "parameter",
  location: "syncToken",
};
const limit = (reason: string, message: string) => ({ domain: "usageLimits", reason, message });
const global = (reason: string, message: string) => ({ domain: "global", reason, message });

/** Answers as the guide to errors of the Calendar API shows them. */
export const failures = {
  badRestriction: () =>
    failure(400, global("badRequest", "Sync token cannot be used with other request restrictions.")),
  badRequest: (message: string) => failure(400, global("badRequest", message)),
  credentials: () => failure(401, global("authError", "Invalid Credentials")),
  scope: () =>
    failure(403, global("insufficientPermissions", "Request had insufficient authentication scopes.")),
  userRate: () => failure(403, limit("userRateLimitExceeded", "User Rate Limit Exceeded")),
  rate: () => failure(403, limit("rateLimitExceeded", "Rate Limit Exceeded")),
  tooMany: (headers: Record<string, string> = {}) =>
    failure(429, limit("rateLimitExceeded", "Rate Limit Exceeded"), headers),
  notFound: () => failure(404, global("notFound", "Not Found")),
  gone: () => failure(410, gone),
  backend: () => failure(500, global("backendError", "Backend Error")),
  proxy: () =>
    new Response("<html>Service Unavailable</html>", {
      status: 503,
      headers: { "content-type": "text/html" },
    }),
};

function failure(
  code: number,
  error: { domain: string; reason: string; message: string },
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { error: { errors: [error], code, message: error.message } },
    { status: code, headers },
  );
}
