import { clientFrameSummaries, closeCodes, closeReasons, limits, subprotocol } from "@jarvis/contract";
import { clientMessages, type Messages, referencedSchemas, serverMessages } from "./asyncapi-messages.ts";
import { version } from "./version.ts";

type Json = Record<string, unknown>;

/** What a server may answer to a frame of a client, beside what everybody in the stream gets. */
const replies: Readonly<Record<keyof typeof clientFrameSummaries, readonly string[]>> = {
  hello: ["welcome", "error"],
  resume: ["reset", "error"],
  send: ["ack", "error"],
  read: ["error"],
  typing: ["error"],
  watch: ["error"],
  unwatch: ["error"],
  location: ["error"],
  ping: ["pong"],
};

/** The realtime interface as an AsyncAPI 3.0 document, told from the server's side: it receives what clients send. */
export function asyncapiDocument(publicUrl: string): Json {
  const fromClients = clientMessages();
  const fromServers = serverMessages();
  const messages = { ...fromClients, ...fromServers };
  return {
    asyncapi: "3.0.0",
    id: "urn:jarvis:realtime",
    info: {
      title: "Jarvis realtime",
      version,
      description:
        "Durable numbered streams (`event:<id>`, `user:<id>`) that resume without gap or duplicate, and presence beside them. `/openapi.json` describes the calls over HTTP.",
      license: { name: "AGPL-3.0-or-later", url: "https://www.gnu.org/licenses/agpl-3.0.html" },
      contact: { name: "The operator of this server" },
      tags: [{ name: "realtime" }],
    },
    defaultContentType: "application/json",
    servers: { here: server(publicUrl) },
    channels: { realtime: channel(messages) },
    operations: { ...receiving(Object.keys(clientFrameSummaries)), tell: telling(Object.keys(fromServers)) },
    components: {
      messages,
      schemas: referencedSchemas(messages),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "A session token or an ID token, as `token` of the `hello` frame; never in the URL.",
        },
      },
    },
  };
}

function server(publicUrl: string): Json {
  const { host, protocol } = new URL(publicUrl);
  return {
    host,
    protocol: protocol === "https:" ? "wss" : "ws",
    description: "This server",
    security: [{ $ref: "#/components/securitySchemes/token" }],
  };
}

function channel(messages: Messages): Json {
  const names = Object.keys(closeCodes) as (keyof typeof closeCodes)[]; // Object.keys forgets them
  const codes = names.map((name) => ({ code: closeCodes[name], name, reason: closeReasons[name] }));
  return {
    address: "/realtime",
    title: "WebSocket",
    description: [
      `\`GET /realtime\` upgrades to a WebSocket (subprotocol \`${subprotocol}\`) with JSON text frames. The first frame is \`hello\`. Clients ignore frame types and entry kinds that they do not know.`,
      `A frame has at most ${limits.frameBytes} bytes, a person at most ${limits.connectionsPerUser} connections.`,
      [
        "| close code | why |",
        "| --- | --- |",
        ...codes.map(({ code, reason }) => `| ${code} | ${reason} |`),
      ].join("\n"),
    ].join("\n\n"),
    messages: Object.fromEntries(
      Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
    "x-close-codes": codes,
  };
}

function receiving(types: readonly string[]): Json {
  return Object.fromEntries(
    types.map((type) => [
      type,
      {
        action: "receive",
        channel: realtime,
        summary: clientFrameSummaries[type as keyof typeof clientFrameSummaries], // its own key
        messages: [inChannel(`client.${type}`)],
        reply: {
          channel: realtime,
          messages: replies[type as keyof typeof replies].map((name) => inChannel(`server.${name}`)), // its own key
        },
      },
    ]),
  );
}

function telling(names: readonly string[]): Json {
  const summary = "What happens in everything that this person may read, and answers to their frames";
  return { action: "send", channel: realtime, summary, messages: names.map(inChannel) };
}

const realtime = { $ref: "#/channels/realtime" };

function inChannel(name: string): Json {
  return { $ref: `#/channels/realtime/messages/${name}` };
}
