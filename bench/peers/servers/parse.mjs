// Parse Server with LiveQuery on a PostgreSQL of its own, as its guides set it up: an object saved over REST reaches
// every subscriber. Argument: a directory.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import express from "express";
import { ParseServer } from "parse-server";

const [, , directory, postgresPort, binaries] = process.argv;
const data = join(directory, "parse-postgres");
mkdirSync(data, { recursive: true });
// PostgreSQL does not run as root.
const isRoot = process.getuid() === 0;
const user = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
if (isRoot) {
  execFileSync("chown", ["postgres", data]);
  for (let path = directory; path.length > 5; path = join(path, "..")) chmodSync(path, 0o755);
}
const as = ([program, ...args]) => {
  const [first, ...rest] = [...user, join(binaries, program), ...args];
  return [first, rest];
};
execFileSync(...as(["initdb", "-D", data, "-U", "parse", "-A", "trust", "--no-sync"]), { stdio: "ignore" });
const settings = ["-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"];
const postgres = spawn(...as(["postgres", "-D", data, "-p", postgresPort, ...settings]), { stdio: "ignore" });
process.on("exit", () => postgres.kill("SIGQUIT"));
process.on("SIGTERM", () => process.exit(0));

const databaseURI = `postgres://parse@127.0.0.1:${postgresPort}/postgres`;
for (let tries = 0; ; tries++) {
  try {
    execFileSync(join(binaries, "pg_isready"), ["-h", "127.0.0.1", "-p", postgresPort], { stdio: "ignore" });
    break;
  } catch (error) {
    if (tries === 100) throw error;
    await wait(100);
  }
}
const http = createServer();
http.keepAliveTimeout = 3_600_000; // the benchmark comes back to a connection after minutes
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const serverURL = `http://127.0.0.1:${http.address().port}/parse`;
const parse = new ParseServer({
  databaseURI,
  appId: "bench",
  masterKey: "bench-master",
  serverURL,
  silent: true,
  verbose: false,
  allowClientClassCreation: true,
  liveQuery: { classNames: ["Message"] },
});
await parse.start();
const app = express();
app.use("/parse", parse.app);
http.on("request", app);
await ParseServer.createLiveQueryServer(http, { logLevel: "NONE" });
console.log(`listening ${new URL(serverURL).origin}`);
