import { expect, test } from "bun:test";
import type { Log } from "../src/lib/log.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { rawRequest } from "./support/raw-request.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const body = JSON.stringify({ text: "written with a dead token", client_id: "slow" });

/** The head of a request and the first bytes of its body. */
function begun(
  world: World,
  person: Person,
  event: string,
  framing = `content-length: ${body.length}`,
): string {
  const head = `POST /chat/${event}/messages HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n`;
  const headers = `authorization: Bearer ${person.token}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;
  return (
    head +
    headers +
    (framing.startsWith("content-length") ? body.slice(0, 5) : `5\r\n${body.slice(0, 5)}\r\n`)
  );
}

test.each(["", "?everywhere=true"])(
  "case 36: a token is dead also for a request whose body comes after the logout%s",
  async (query) => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const { id } = await newEvent(world, ann, { people: [bob.id] });
    const request = await rawRequest(world.url, begun(world, bob, id));
    expectOk(await ann.call("GET", `/chat/${id}`)); // what was sent before has been read
    expectOk(await bob.call("PUT", `/user/${bob.id}/logout${query}`));
    request.write(body.slice(5));
    expect(await request.answer).toStartWith("HTTP/1.1 401");
    expect((await ann.call("GET", `/chat/${id}`)).response.last_seq).toBe(0);
  },
);

test.each(["content-length: 60", "transfer-encoding: chunked"])(
  "a client that goes away in the middle of its body is no failure of the server (%s)",
  async (framing) => {
    const { promise: answered, resolve } = Promise.withResolvers<object>();
    const failures: object[] = [];
    const log: Log = {
      debug: () => {},
      info: (fields, message) => void (message === "request" && resolve(fields)),
      warn: () => {},
      error: (fields) => void failures.push(fields),
    };
    await using world = await createWorld({ overrides: { log } });
    const { ann } = await world.people("ann");
    const { id } = await newEvent(world, ann);
    const request = await rawRequest(world.url, begun(world, ann, id, framing));
    expectOk(await ann.call("GET", `/chat/${id}`));
    request.drop();
    expect(await answered).toMatchObject({ status: 400 });
    expect(failures).toEqual([]);
  },
);
