// A server as `jarvis serve` starts it, with room for more sockets than one is meant to carry.
import { loadConfig } from "../packages/server/src/config.ts";
import { startServer } from "../packages/server/src/server.ts";

const server = await startServer(loadConfig(process.env), { maxSockets: 30_000 });
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
process.stdout.write(`${server.url}\n`);
