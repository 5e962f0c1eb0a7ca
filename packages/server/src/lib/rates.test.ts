import { expect, test } from "bun:test";
import { rates } from "@jarvis/contract";
import { AppError } from "./app-error.ts";
import { createRates, network } from "./rates.ts";

const ann = () => ({ user: "ann", address: "192.0.2.1" });
const ben = () => ({ user: "ben", address: "192.0.2.1" });

async function refusal(call: Promise<void>): Promise<AppError | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

test("lets through as many as the contract says, then tells when to come back", async () => {
  const limited = createRates(true);
  for (let i = 0; i < rates.search.points; i++) await limited.consume("search", ann);
  const error = await refusal(limited.consume("search", ann));
  expect(error?.code).toBe("too_many_requests");
  expect(error?.details.retryAfterS).toBeGreaterThan(50);
  expect(error?.details.retryAfterS).toBeLessThanOrEqual(60);
  expect(await refusal(limited.consume("search", ben))).toBeNull();
  expect(await refusal(limited.consume("chat", ann))).toBeNull();
});

test("counts sign-ins by address, whoever it is", async () => {
  const limited = createRates(true);
  for (let i = 0; i < rates.signIn.points; i++) await limited.consume("signIn", i % 2 ? ann : ben);
  expect((await refusal(limited.consume("signIn", ben)))?.code).toBe("too_many_requests");
  const elsewhere = () => ({ user: "ann", address: "192.0.2.2" });
  expect(await refusal(limited.consume("signIn", elsewhere))).toBeNull();
});

test("several at once are counted all or not at all", async () => {
  const limited = createRates(true);
  await limited.consumeMany("invitation", ann, 90);
  expect((await refusal(limited.consumeMany("invitation", ann, 11)))?.code).toBe("too_many_requests");
  expect(await refusal(limited.consumeMany("invitation", ann, 10))).toBeNull();
  expect((await refusal(limited.consumeMany("invitation", ann, 1)))?.code).toBe("too_many_requests");
  expect(await refusal(limited.consumeMany("invitation", ann, 0))).toBeNull();
});

test("a check counts nothing and refuses what consume would refuse", async () => {
  const limited = createRates(true);
  for (let i = 0; i < 50; i++) await limited.check("emailTaken", ann);
  for (let i = 0; i < rates.emailTaken.points; i++) await limited.consume("emailTaken", ann);
  expect((await refusal(limited.check("emailTaken", ann)))?.code).toBe("too_many_requests");
});

test("limits nothing and asks for no key when switched off", async () => {
  const unlimited = createRates(false);
  const never = (): never => {
    throw new Error("the key was asked for");
  };
  await unlimited.consume("signIn", never);
  await unlimited.consumeMany("invitation", never, 1_000);
  await unlimited.check("emailTaken", never);
});

test("one subscriber's IPv6 network counts as one address", () => {
  const same = [
    "2001:db8:1:2::1",
    "2001:0DB8:0001:0002:ffff:ffff:ffff:ffff",
    "2001:db8:1:2:3::",
    "2001:db8:1:2::1%eth0",
  ];
  expect(new Set(same.map(network))).toEqual(new Set(["2001:db8:1:2::/64"]));
  expect(network("2001:db8:1:3::1")).not.toBe(network("2001:db8:1:2::1"));
  expect(network("::1")).toBe("0:0:0:0::/64");
  expect(network("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(network("192.0.2.7")).toBe("192.0.2.7");
});
