// A chat as one writes it with Fastify: POST stores one row (on the disk when it is answered), sockets hear it.
import Database from "better-sqlite3";
import fastify from "fastify";
import { WebSocketServer } from "ws";

const db = new Database(process.argv[2]);
db.pragma("journal_mode = wal");
db.pragma("synchronous = full");
db.exec(
  "create table message (seq integer primary key, author text not null, text text not null, sent_ms integer not null)",
);
// This build means NORMAL by FULL until the first use: asked for again, and looked at.
db.pragma("synchronous = full");
if (db.pragma("synchronous", { simple: true }) !== 2) throw new Error("synchronous is not FULL");
const insert = db.prepare("insert into message (author, text, sent_ms) values (?, ?, ?)");

// The benchmark comes back to a connection after minutes.
const app = fastify({ keepAliveTimeout: 3_600_000 });
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
app.server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client));
});
const body = {
  type: "object",
  required: ["author", "text"],
  properties: {
    author: { type: "string", maxLength: 64 },
    text: { type: "string", minLength: 1, maxLength: 4000 },
  },
};
app.post("/messages", { schema: { body } }, (request, reply) => {
  const { author, text } = request.body;
  const sent_ms = Date.now();
  const seq = insert.run(author, text, sent_ms).lastInsertRowid;
  const frame = JSON.stringify({ type: "message", seq, author, text, sent_ms });
  for (const client of sockets.clients) client.send(frame);
  reply.code(201).send({ seq });
});
console.log(`listening ${await app.listen({ host: "127.0.0.1", port: 0 })}`);
