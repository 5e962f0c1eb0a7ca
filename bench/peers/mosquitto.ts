import { join } from "node:path";
import { startCommand } from "../process.ts";
import { freePort, missingProgram, packageVersion, programPath } from "./debian.ts";
import { joinMqttRoom } from "./mqtt-room.ts";
import { peerOf, type PeerKind } from "./peer.ts";

function mosquitto(qos: 0 | 1): PeerKind {
  return {
    name: `Mosquitto, QoS ${qos}`,
    promise: qos === 0 ? "nothing is stored" : "in memory",
    acknowledges: qos === 1,
    missing: () => missingProgram("mosquitto", "mosquitto"),
    version: () => packageVersion("mosquitto"),
    async start(directory) {
      const port = freePort();
      const file = join(directory, "mosquitto.conf");
      // More than its 20 in flight, so that 64 are; no Nagle, as the others have none.
      const lines = [
        `listener ${port} 127.0.0.1`,
        "allow_anonymous true",
        "persistence false",
        "set_tcp_nodelay true",
        "max_inflight_messages 1000",
        "max_queued_messages 100000",
        // Started by root it would become somebody who may not read its files.
        ...(process.getuid?.() === 0 ? ["user root"] : []),
      ];
      await Bun.write(file, `${lines.join("\n")}\n`);
      const subject = await startCommand(
        [programPath("mosquitto"), "-c", file],
        {},
        /mosquitto version \S+ (running)/,
      );
      return peerOf(subject, (connections) => joinMqttRoom(port, connections, qos));
    },
  };
}

export const mosquittoQos0 = mosquitto(0);
export const mosquittoQos1 = mosquitto(1);
