import { expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import { allowedMethods } from "./methods.ts";

test("knows every call of the contract", () => {
  for (const group of Object.values(contract)) {
    for (const endpoint of Object.values<Endpoint>(group)) {
      expect(allowedMethods(endpoint.path.replaceAll(/\{\w+\}/g, "x"))).toContain(endpoint.method);
    }
  }
});

test("adds HEAD where there is GET, and OPTIONS everywhere", () => {
  expect(allowedMethods("/health")).toEqual(["GET", "HEAD", "OPTIONS"]);
  expect(allowedMethods("/login")).toEqual(["POST", "OPTIONS"]);
  expect(allowedMethods("/user").toSorted()).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
  expect(allowedMethods("/openapi.json")).toEqual(["GET", "HEAD", "OPTIONS"]);
});

test.each([
  "/nothing",
  "/user/",
  "/user//friends",
  "/user/a/b/c/d",
  "/healthz",
  "/openapiXjson",
  "",
  "//",
  "/metrics",
])("knows nothing at %p", (path) => expect(allowedMethods(path)).toEqual([]));
