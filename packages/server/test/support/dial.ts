// A process of its own, because the environment decides: dials one address as the guard does, over TLS where a name is given.
import { systemNetwork } from "../../src/lib/network.ts";

const [address = "", port = "", serverName] = process.argv.slice(2);
const headers = { Host: "calendar.example" };
const request = systemNetwork.open({
  address,
  port: Number(port),
  secure: serverName !== undefined,
  serverName: serverName ?? null,
  path: "/",
  headers,
});
request.on("response", (response) => {
  response.resume();
  process.stdout.write(`${response.statusCode}\n`);
});
request.on("error", (error) => process.stdout.write(String(error)));
request.end();
