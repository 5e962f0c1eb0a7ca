import { expect, test } from "bun:test";
import { mayReadMetrics } from "./metrics-access.ts";

const token = "0123456789abcdef";
const none = new Headers();

test.each(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])("%s may read without a token", (peer) => {
  expect(mayReadMetrics(none, peer, null)).toBe(true);
});

test.each([undefined, "10.0.0.1", "192.168.0.2", "::2", "::ffff:10.0.0.1", "1127.0.0.1", "8.127.0.0"])(
  "%p may not read without the token",
  (peer) => {
    expect(mayReadMetrics(none, peer, null)).toBe(false);
    expect(mayReadMetrics(none, peer, token)).toBe(false);
    expect(mayReadMetrics(bearer(token), peer, token)).toBe(true);
  },
);

test.each(["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])(
  "what a proxy on this machine passes on with %s is not from this machine",
  (header) => {
    const headers = new Headers({ [header]: "127.0.0.1" });
    expect(mayReadMetrics(headers, "127.0.0.1", token)).toBe(false);
    headers.set("authorization", `Bearer ${token}`);
    expect(mayReadMetrics(headers, "127.0.0.1", token)).toBe(true);
  },
);

test.each(["", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef0", "Bearer"])(
  "%p is not the token",
  (given) => {
    expect(mayReadMetrics(bearer(given), "10.0.0.1", token)).toBe(false);
  },
);

function bearer(value: string): Headers {
  return new Headers({ authorization: `Bearer ${value}` });
}
