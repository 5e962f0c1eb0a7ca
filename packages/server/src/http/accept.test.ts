import { expect, test } from "bun:test";
import { prefersHtml } from "./accept.ts";

test.each([
  "text/html",
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
  "TEXT/HTML;q=0.5",
  "application/json;q=0.5, text/html",
  "application/json, text/html",
])("%s asks for a page", (accept) => expect(prefersHtml(accept)).toBe(true));

test.each([
  null,
  "",
  "*/*",
  "application/json",
  "text/*",
  "text/html;q=0",
  "text/html;q=0.5, application/json",
  "text/htmlx",
  "text/html;q=x",
])("%p asks for data", (accept) => expect(prefersHtml(accept)).toBe(false));
