// A process of its own, because the environment decides: dials one address as the guard does.
import { systemNetwork } from "../../src/lib/network.ts";

const [address = "", port = ""] = process.argv.slice(2);
const headers = { Host: "calendar.example" };
const request = systemNetwork.open({
  address,
  port: Number(port),
  secure: false,
  serverName: null,
  path: "/",
  headers,
});
request.on("response", (response) => {
  response.resume();
  process.stdout.write(`${response.statusCode}\n`);
});
request.on("error", (error) => process.stdout.write(String(error)));
request.end();
