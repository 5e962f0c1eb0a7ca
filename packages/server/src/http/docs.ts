import { dirname, join } from "node:path";
import type { Context as HonoContext } from "hono";
import swaggerUi from "swagger-ui-dist/package.json" with { type: "json" };
import { notFound } from "../lib/app-error.ts";
import { prefersHtml } from "./accept.ts";
import { asyncapiDocument } from "./asyncapi.ts";
import type { App, HttpEnv } from "./bind.ts";
import { openapiText } from "./openapi.ts";
import { version } from "./version.ts";

/** Files of Swagger UI that the page needs; they are served from the installed package, never from another host. */
const assets: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};
const assetFolder = dirname(Bun.resolveSync("swagger-ui-dist/package.json", import.meta.dir));

/** Swagger UI sets inline styles and draws its icons from data: URLs; everything else comes from here alone. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jarvis API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css?v=${swaggerUi.version}">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png?v=${swaggerUi.version}">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js?v=${swaggerUi.version}"></script>
<script src="/docs/init.js"></script>
</body>
</html>
`;

const init = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`;

/** The pages for people and for tools: the index, the documentation, and where a chat's address leads a browser. */
export function bindDocs(app: App, publicUrl: string): void {
  const asyncapi = JSON.stringify(asyncapiDocument(publicUrl));
  app.get("/", index);
  app.get("/openapi.json", () => text(openapiText(), "application/json; charset=utf-8"));
  app.get("/asyncapi.json", () => text(asyncapi, "application/json; charset=utf-8"));
  app.get("/docs", () => text(page, "text/html; charset=utf-8"));
  app.get("/docs/init.js", () => text(init, "text/javascript; charset=utf-8"));
  app.get("/docs/:asset", (c) => asset(c.req.param("asset")));
  app.get("/chat/:id", async (c, next) => {
    if (prefersHtml(c.req.raw.headers.get("accept"))) return toDocs(c);
    await next();
    c.header("vary", "Accept", { append: true });
    return undefined;
  });
}

function index(c: HonoContext<HttpEnv>): Response {
  if (prefersHtml(c.req.raw.headers.get("accept"))) return toDocs(c);
  const response = {
    name: "Jarvis",
    version,
    docs: "/docs",
    openapi: "/openapi.json",
    asyncapi: "/asyncapi.json",
  };
  const type = "application/json; charset=utf-8";
  return c.json({ response }, 200, {
    vary: "Accept",
    "content-type": type,
    "x-content-type-options": "nosniff",
  });
}

function toDocs(c: HonoContext<HttpEnv>): Response {
  c.header("vary", "Accept", { append: true });
  return c.redirect("/docs", 303);
}

function text(body: string, type: string): Response {
  return new Response(body, {
    headers: { "content-type": type, "cache-control": "no-cache", ...safeHeaders },
  });
}

const safeHeaders = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** The page asks for these with the version in the query, so that they may be kept for good. */
function asset(name: string): Response {
  const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (type === undefined) throw notFound();
  const headers = {
    "content-type": type,
    "cache-control": "public, max-age=31536000, immutable",
    ...safeHeaders,
  };
  return new Response(Bun.file(join(assetFolder, name)), { headers });
}
