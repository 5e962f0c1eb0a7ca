import { type Client, JarvisError, type ResumePoint } from "../src/index.ts";

/** Reads a chat as it happens until a message says "bye", and returns where to go on the next time. */
export async function followChat(
  client: Client,
  chat: string,
  onText: (text: string) => void,
  resume?: ResumePoint,
) {
  const connection = client.realtime({ resume });
  for await (const frame of connection) {
    if (frame.type === "reset") onText("(what was missed has to be fetched with client.chat.listMessages)");
    if (frame.type !== "entry" || frame.stream !== `event:${chat}` || frame.kind !== "message") continue;
    const text = String(Object(frame.data["message"]).text);
    onText(text);
    if (text === "bye") break;
  }
  connection.close();
  return connection.resumePoint;
}

/** Sends a message that is stored once, however often the network breaks meanwhile. */
export async function say(client: Client, chat: string, text: string, clientId: string): Promise<number> {
  const connection = client.realtime();
  try {
    return (await connection.send(chat, text, { clientId })).seq;
  } catch (error) {
    if (error instanceof JarvisError && error.code === "not_found")
      throw new Error("You are not in that chat", { cause: error });
    throw error;
  } finally {
    connection.close();
  }
}
