import type { ServerFrame } from "@jarvis/contract";

/** An open, welcomed connection. */
export async function connect(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/realtime`, "jarvis.v1");
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token }));
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onclose = (event) => reject(new Error(`the socket was closed: ${event.code}`));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === "welcome") resolve();
      else reject(new Error(`expected a welcome: ${String(data)}`));
    };
  });
  return socket;
}

/** Sends `total` messages with `inFlight` unacknowledged at any time, to each chat in turn; resolves when the last one is acknowledged. */
export function sendLoad(
  socket: WebSocket,
  chat: string | readonly string[],
  total: number,
  inFlight: number,
  run: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let sent = 0;
  let acked = 0;
  const chats = typeof chat === "string" ? [chat] : chat;
  const send = () =>
    socket.send(
      `{"type":"send","chat":"${chats[sent % chats.length]}","client_id":"${run}-${sent++}","text":"On my way, ten minutes."}`,
    );
  socket.onclose = (event) => reject(new Error(`the socket was closed: ${event.code}`));
  socket.onmessage = ({ data }) => {
    const text = String(data);
    if (text.startsWith('{"type":"error"')) reject(new Error(text));
    if (!text.startsWith('{"type":"ack"')) return;
    if (sent < total) send();
    if (++acked === total) resolve();
  };
  for (let i = 0; i < inFlight; i++) send();
  return promise;
}
