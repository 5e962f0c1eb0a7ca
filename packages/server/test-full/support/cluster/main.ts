/**
 * `npm run cluster`: three servers behind HAProxy, PostgreSQL with a synchronous standby, and Redis, on loopback, to try and
 * to break. `-- --port 3000` says where, `-- --nodes 5` how many. Ctrl-C ends all of it and deletes what it had.
 */
import { parseArgs } from "node:util";
import { Cluster } from "./cluster.ts";

const { values } = parseArgs({ options: { port: { type: "string" }, nodes: { type: "string" } } });
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);

write("Starting PostgreSQL, Redis, HAProxy and the servers …");
{
  await using cluster = await Cluster.start({
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    nodes: Number(values.nodes ?? 3),
  });
  const { primary, standby } = cluster.postgres;
  write(
    `Jarvis is ready at ${cluster.url} (documentation: ${cluster.url}/docs), its files are in ${cluster.folder}`,
  );
  for (const { name, url, pid } of cluster.nodes) write(`  ${name}       ${url}  pid ${pid}`);
  for (const { name, port, pid } of [primary, standby, cluster.redis, cluster.front.part])
    write(`  ${name.padEnd(8)} 127.0.0.1:${port}  pid ${pid}`);
  write(
    "End one of them by its pid: kill -9, or -STOP and -CONT. When the primary ends, the standby takes over.",
  );
  write("Ctrl-C ends all.");
  void cluster.failedOver.then((isSo) => isSo && write("The primary has ended: the standby has taken over."));
  await stopped;
  write("Ending …");
}
process.exit(0);
