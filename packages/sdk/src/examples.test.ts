import { expect, test } from "bun:test";
import { followChat, say } from "../examples/follow-chat.ts";
import { quickStart } from "../examples/quick-start.ts";
import { fakeSockets } from "../test/support/fake-socket.ts";
import { chat, entry, welcome } from "../test/support/line.ts";
import { createClient } from "./client.ts";

function online() {
  const sockets = fakeSockets();
  const client = createClient({ baseUrl: "http://jarvis.test", token: "t", WebSocket: sockets.WebSocket });
  return { client, sockets };
}

test("the example follows a chat and says where to go on", async () => {
  const { client, sockets } = online();
  const texts: string[] = [];
  const following = followChat(client, chat, (text) => texts.push(text));
  const stream = `event:${chat}`;
  const socket = sockets.last();
  socket.open();
  socket.deliver(
    welcome({ [stream]: 6 }),
    entry(stream, 7, "rsvp", {}),
    entry(stream, 8, "message", { message: { text: "hi" } }),
    entry(stream, 9, "message", { message: { text: "bye" } }),
  );
  // "bye" was taken but not known to be dealt with: the next start hears it again rather than never.
  expect(await following).toEqual({ epoch: "epoch-1", streams: { [stream]: 8 } });
  expect(texts).toEqual(["hi", "bye"]);
});

test("the example sends a message once it is connected", async () => {
  const { client, sockets } = online();
  const saying = say(client, chat, "hi", "c1");
  const socket = sockets.last();
  socket.open();
  socket.deliver(welcome({}), { type: "ack", chat, client_id: "c1", seq: 3 });
  expect(await saying).toBe(3);
});

test("the quick start signs up, plans, says and lists", async () => {
  const answers = [{ id: "u1", token: "t" }, { id: "e1" }, { seq: 1 }, [{ name: "Dinner" }]];
  const urls: string[] = [];
  const outcome = await quickStart("http://jarvis.test", "ana@example.org", async (url) => {
    urls.push(url.slice("http://jarvis.test".length));
    return Response.json({ response: answers[urls.length - 1] });
  });
  expect(outcome).toMatchObject({ event: "e1", said: 1, names: ["Dinner"] });
  expect(urls).toEqual(["/user", "/event", "/chat/e1/messages", "/user/u1/events?limit=20"]);
});
