import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { settings } from "../src/config.ts";
import { allowedMethods } from "../src/http/methods.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What people read who call, run or change the server. */
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "packages/sdk/README.md",
  ...readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith(".md"));

/**
 * `Allow` tells nobody of `/metrics`: for most callers it does not exist. `/app` is for pages, which are no calls, and what
 * is below `/ingest/` speaks the apps' own protocols. `/data` and `/app/sbom.cdx.json` are files in the image.
 */
const unlisted = new Set(["/metrics", "/app/calendars", "/ingest/", "/data", "/app/sbom.cdx.json"]);

test.each(documents)("%s names no call that the contract has not", (file) => {
  const text = readFileSync(`${root}/${file}`, "utf8");
  const calls = [...callsIn(text), ...curlsIn(text)];
  expect(calls.filter(({ method, path }) => !allowedMethods(path).includes(method))).toEqual([]);
  const paths = pathsIn(text).filter((path) => !unlisted.has(path));
  expect(paths.filter((path) => allowedMethods(path).length === 0)).toEqual([]);
});

test.each(documents)("%s names no setting that the server has not", (file) => {
  const named = readFileSync(`${root}/${file}`, "utf8").match(/JARVIS_[A-Z0-9_]*[A-Z0-9]/g) ?? [];
  expect(named.filter((name) => !Object.hasOwn(settings, name))).toEqual([]);
});

test.each(documents)("%s links only to files and headings that are there", (file) => {
  const text = readFileSync(`${root}/${file}`, "utf8");
  const links = [...text.matchAll(/\]\(([^)\s:]+)\)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !leadsSomewhere(file, link))).toEqual([]);
});

test("the README shows calls, so that the patterns above still find them", () => {
  const text = readFileSync(`${root}/README.md`, "utf8");
  expect(curlsIn(text)).toContainEqual({ method: "PUT", path: "/event/x/rsvp" });
  expect(callsIn(text)).toContainEqual({ method: "GET", path: "/realtime" });
  expect(pathsIn(text)).toContain("/health");
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? `${root}/${from}` : join(root, dirname(from), path);
  if (!existsSync(target)) return false;
  return heading === undefined || anchorsOf(readFileSync(target, "utf8")).includes(heading);
}

/** Headings as addresses: small letters, no punctuation, dashes for blanks. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

interface CallInText {
  method: string;
  path: string;
}

/** `PUT /event/<id>/rsvp {…}` */
function callsIn(text: string): CallInText[] {
  return [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/[^\s`?"]*)/g)].map(
    ([, method = "", path = ""]) => ({
      method,
      path: withSample(path),
    }),
  );
}

/** `$base/event/$event/rsvp -X PUT -d '…'`, which curl makes a POST where there is only a body. */
function curlsIn(text: string): CallInText[] {
  return [...text.matchAll(/\$base(\/[^\s"?]*)([^\n]*)/g)].map(([, path = "", rest = ""]) => ({
    method: /-X (\w+)/.exec(rest)?.[1] ?? (rest.includes(" -d ") ? "POST" : "GET"),
    path: withSample(path),
  }));
}

/** `/health`: a code span that is nothing but a path of this server. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`(\/[a-z][a-z./]*)`/g)].map(([, path = ""]) => path);
}

function withSample(path: string): string {
  return path.replaceAll(/<[^>]*>|\$\w+/g, "x");
}
