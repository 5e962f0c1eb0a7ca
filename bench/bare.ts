/**
 * The bare handler that figures are compared with: one route, `r.json()`, one prepared upsert (WAL, synchronous=NORMAL),
 * no checks, no sign-in. Arguments: the database file.
 */
import { Database } from "bun:sqlite";

const db = new Database(process.argv[2] ?? "bare.db", { create: true });
db.run("pragma journal_mode = wal");
db.run("pragma synchronous = normal");
db.run(
  "create table if not exists fix (user_id text primary key, latitude real, longitude real, at_ms integer) without rowid",
);
const upsert = db.prepare(
  "insert into fix values (?1, ?2, ?3, ?4) on conflict (user_id) do update set latitude = ?2, longitude = ?3, at_ms = ?4",
);

interface Fix {
  user: string;
  latitude: string;
  longitude: string;
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  routes: {
    "/location": {
      async POST(request) {
        const fix = (await request.json()) as Fix; // no checks: that is what makes it bare
        upsert.run(fix.user, Number(fix.latitude), Number(fix.longitude), Date.now());
        return Response.json({ response: "success" });
      },
    },
  },
});
console.log(`listening ${server.url.origin}`);
