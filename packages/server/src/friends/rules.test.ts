import { expect, test } from "bun:test";
import { answerOutcome, askingOutcome, type Request, silentMs, withdrawal } from "./rules.ts";

const pending: Request = { state: "pending", declined_ms: null };
const hidden: Request = { state: "hidden", declined_ms: null };
const declined: Request = { state: "declined", declined_ms: 0 };
const withdrawn: Request = { state: "withdrawn", declined_ms: 0 };
const strangers = { friends: false, blocked: false, own: undefined, reverse: undefined };
const soon = silentMs - 1;
const later = silentMs;

test.each([
  ["strangers", strangers, soon, "open"],
  ["friends", { ...strangers, friends: true }, soon, "already_friends"],
  ["the other blocks", { ...strangers, blocked: true }, soon, "hide"],
  ["hidden already", { ...strangers, blocked: true, own: hidden }, soon, "unchanged"],
  ["declined, then blocked", { ...strangers, blocked: true, own: declined }, soon, "unchanged"],
  ["blocked, though the other asks", { ...strangers, blocked: true, reverse: hidden }, soon, "hide"],
  ["the other has asked", { ...strangers, reverse: pending }, soon, "friendship"],
  ["the other was declined", { ...strangers, reverse: declined }, soon, "friendship"],
  ["the other has withdrawn", { ...strangers, reverse: withdrawn }, soon, "open"],
  ["asked before", { ...strangers, own: pending }, soon, "unchanged"],
  ["hidden, no block left", { ...strangers, own: hidden }, soon, "open"],
  ["declined", { ...strangers, own: declined }, soon, "unchanged"],
  ["declined long ago", { ...strangers, own: declined }, later, "open"],
  ["declined and withdrawn", { ...strangers, own: withdrawn }, soon, "restore"],
  ["declined and withdrawn long ago", { ...strangers, own: withdrawn }, later, "open"],
] as const)("asking when %s", (_, standing, now, outcome) => {
  expect(askingOutcome(standing, now)).toBe(outcome);
});

test("what was declined is remembered when it is withdrawn", () => {
  expect(withdrawal(pending)).toBe("delete");
  expect(withdrawal(hidden)).toBe("delete");
  expect(withdrawal({ ...hidden, declined_ms: 0 })).toBe("remember");
  expect(withdrawal(declined)).toBe("remember");
  expect(withdrawal(withdrawn)).toBe("unchanged");
  expect(withdrawal(undefined)).toBe("unchanged");
});

test("only what was seen can be answered; the same answer again repeats itself", () => {
  expect(answerOutcome("accept", pending, false)).toBe("friendship");
  expect(answerOutcome("decline", pending, false)).toBe("decline");
  expect(answerOutcome("accept", undefined, true)).toBe("repeat");
  expect(answerOutcome("decline", declined, false)).toBe("repeat");
  for (const unseen of [hidden, withdrawn, undefined]) {
    expect(answerOutcome("accept", unseen, false)).toBeUndefined();
    expect(answerOutcome("decline", unseen, false)).toBeUndefined();
  }
  expect(answerOutcome("accept", declined, false)).toBeUndefined();
  expect(answerOutcome("decline", undefined, true)).toBeUndefined();
});
