import { expect, test } from "bun:test";
import { followChat, say } from "../examples/follow-chat.ts";
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
