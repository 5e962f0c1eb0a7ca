import { expect, test } from "bun:test";
import { limits } from "@jarvis/contract";
import { codeOf } from "./support/events.ts";
import { createWorld } from "./support/world.ts";

/** What `docs/limits.md` says of limits that no other test goes beyond. */
test("beyond a limit a call answers as the table of limits says", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const long = (length: number) => "x".repeat(length + 1);
  const event = { name: "Dinner", duration: 3_600 };
  const tooFar = `from=0&to=${(limits.rangeDays + 1) * 86_400}`;
  const deep = "[".repeat(limits.jsonDepth + 1) + "]".repeat(limits.jsonDepth + 1);
  const expected: [string, string, unknown, string][] = [
    ["PATCH", `/user/${ada.id}`, { username: long(limits.usernameCodePoints) }, "limit_exceeded"],
    ["POST", "/event", { ...event, name: long(limits.eventNameCodePoints) }, "limit_exceeded"],
    ["POST", "/event", { ...event, description: long(limits.textCodePoints) }, "limit_exceeded"],
    ["POST", "/event", { ...event, duration: limits.durationMaxS + 1 }, "invalid_input"],
    ["POST", "/event", `{"deep":${deep}}`, "too_large"],
    ["POST", "/login", { email: "a@example.org", password: long(limits.passwordMax) }, "limit_exceeded"],
    [
      "POST",
      "/user",
      { email: "a@example.org", username: "a", password: "x".repeat(limits.passwordMin - 1) },
      "invalid_input",
    ],
    ["GET", `/user/${ada.id}/events?limit=${limits.pageMax + 1}`, undefined, "invalid_input"],
    ["GET", `/user/${ada.id}/events?${tooFar}`, undefined, "invalid_input"],
  ];
  for (const [method, path, body, code] of expected) {
    expect(codeOf(await ada.call(method, path, body)), `${method} ${path}`).toBe(code);
  }
  const made = await ada.call("POST", "/event", event);
  const message = { text: "hi", client_id: long(limits.clientIdLength) };
  expect(codeOf(await ada.call("POST", `/chat/${made.response.id}/messages`, message))).toBe(
    "limit_exceeded",
  );
});
