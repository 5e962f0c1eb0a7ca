import { expect, test } from "bun:test";
import { party, send } from "./support/party.ts";

test("an `after` beyond the newest message says that the history is gone, waiting or not; at it there is just nothing", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  for (const after of [0, 1]) {
    const { status } = await bob.call("GET", `/chat/${chat}/messages?after=${after}`);
    expect([after, status]).toEqual([after, after === 0 ? 200 : 409]);
  }
  for (const text of ["one", "two"]) await send(ann, chat, text);
  for (const query of ["after=3", "after=3&wait=25", "after=9007199254740991&wait=0"]) {
    const answer = await bob.call("GET", `/chat/${chat}/messages?${query}`);
    expect([query, answer.status, answer.body["code"]]).toEqual([query, 409, "reset"]);
  }
  expect(await bob.call("GET", `/chat/${chat}/messages?after=2`)).toMatchObject({
    status: 200,
    response: [],
  });
  await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
  const outside = await bob.call("GET", `/chat/${chat}/messages?after=3`);
  expect(outside.body["code"]).toBe("not_found");
});
