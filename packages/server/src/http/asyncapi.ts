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
    servers: { here: server(publicUrl), overHttp: httpServer(publicUrl) },
    channels: { realtime: channel(messages), sse: sseChannel(fromServers) },
    operations: {
      ...receiving(Object.keys(clientFrameSummaries)),
      tell: telling("realtime", Object.keys(fromServers)),
      stream: telling("sse", Object.keys(fromServers)),
    },
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

function httpServer(publicUrl: string): Json {
  const { host, protocol } = new URL(publicUrl);
  return { host, protocol: protocol.slice(0, -1), description: "This server, over plain HTTP" };
}

/** The same frames as one event each: what a client has to say, it says with calls. */
function sseChannel(messages: Messages): Json {
  return {
    address: "/realtime/sse",
    title: "Server-sent events",
    description:
      "`GET /realtime/sse` answers an event stream: the type of a frame is the name of its event, the frame itself the data, and the id a cursor that `Last-Event-ID` or `?resume=` takes. The last event of one that the server ends is `end`, with a close code. `GET /realtime/poll` gives the same frames one answer at a time; `/openapi.json` describes both calls.",
    servers: [{ $ref: "#/servers/overHttp" }],
    messages: inComponents(messages),
    bindings: { http: { bindingVersion: "0.3.0" } },
  };
}

function inComponents(messages: Messages): Json {
  const names = Object.keys(messages);
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function channel(messages: Messages): Json {
  const names = Object.keys(closeCodes) as (keyof typeof closeCodes)[]; // Object.keys forgets them
  const codes = names.map((name) => ({ code: closeCodes[name], name, reason: closeReasons[name] }));
  return {
    address: "/realtime",
    title: "WebSocket",
    servers: [{ $ref: "#/servers/here" }],
    description: [
      `\`GET /realtime\` upgrades to a WebSocket (subprotocol \`${subprotocol}\`) with JSON text frames. The first frame is \`hello\`. Clients ignore frame types and entry kinds that they do not know.`,
      `A frame has at most ${limits.frameBytes} bytes, a person at most ${limits.connectionsPerUser} connections.`,
      [
        "| close code | why |",
        "| --- | --- |",
        ...codes.map(({ code, reason }) => `| ${code} | ${reason} |`),
      ].join("\n"),
    ].join("\n\n"),
    messages: inComponents(messages),
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

function telling(channelName: "realtime" | "sse", names: readonly string[]): Json {
  const summary = "What happens in everything that this person may read, and answers to their frames";
  const $ref = `#/channels/${channelName}`;
  const messages = names.map((name) => ({ $ref: `${$ref}/messages/${name}` }));
  return { action: "send", channel: { $ref }, summary, messages };
}

const realtime = { $ref: "#/channels/realtime" };

function inChannel(name: string): Json {
  return { $ref: `#/channels/realtime/messages/${name}` };
}
