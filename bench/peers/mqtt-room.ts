import { Counter } from "./counter.ts";
import { type Room, text } from "./peer.ts";
import { openSocket, type RawSocket } from "./raw-socket.ts";

type Qos = 0 | 1;

/** MQTT 3.1.1, as much of it as a chat needs. Types of packets, in the upper half of their first byte. */
const connack = 2;
const publish = 3;
const puback = 4;
const suback = 9;
const topic = prefixed("room");

/** Connections that all subscribe to one topic; the first one publishes. */
export async function joinMqttRoom(port: number, connections: number, qos: Qos): Promise<Room> {
  const delivered = new Counter();
  const acknowledged = new Counter();
  const sockets: RawSocket[] = [];
  for (let index = 0; index < connections; index++) {
    sockets.push(await subscribe(port, index, { qos, delivered, acknowledged }));
  }
  let packetId = 0;
  return {
    delivered,
    acknowledged,
    publish(count) {
      const packets = Array.from({ length: count }, () => publishPacket(qos, (packetId++ % 65_535) + 1));
      sockets[0]?.write(Buffer.concat(packets));
    },
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

interface Counters {
  qos: Qos;
  delivered: Counter;
  acknowledged: Counter;
}

async function subscribe(port: number, index: number, counters: Counters): Promise<RawSocket> {
  const { qos, delivered, acknowledged } = counters;
  const ready = Promise.withResolvers<void>();
  let rest: Buffer | null = null;
  const socket = await openSocket(port, {
    data(arrived) {
      const bytes = rest === null ? arrived : Buffer.concat([rest, arrived]);
      const found = { deliveries: 0, acks: 0, answers: [] as number[] };
      let at = 0;
      for (let packet = packetAt(bytes, at); packet !== null; packet = packetAt(bytes, at)) {
        const type = (bytes[at] ?? 0) >> 4;
        if (type === connack) socket.write(subscribePacket(qos));
        else if (type === suback) ready.resolve();
        else if (type === puback) found.acks++;
        else if (type === publish) {
          found.deliveries++;
          const id = packet.start + topic.length;
          if (qos === 1) found.answers.push(puback << 4, 2, bytes[id] ?? 0, bytes[id + 1] ?? 0);
        }
        at = packet.end;
      }
      rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
      if (found.answers.length > 0) socket.write(Buffer.from(found.answers));
      delivered.add(found.deliveries);
      // Without a promise there is no acknowledgement: the author's own copy stands for it.
      if (index === 0) acknowledged.add(qos === 1 ? found.acks : found.deliveries);
    },
    ended(error) {
      ready.reject(error);
      delivered.fail(error);
      acknowledged.fail(error);
    },
  });
  socket.write(connectPacket(`bench-${index}`));
  await ready.promise;
  return socket;
}

/** Where the content of a whole packet is; null where the packet is not there yet. */
function packetAt(bytes: Buffer, at: number): { start: number; end: number } | null {
  let length = 0;
  for (let i = at + 1, shift = 0; i < bytes.length; i++, shift += 7) {
    const byte = bytes[i] ?? 0;
    length |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    const end = i + 1 + length;
    return end <= bytes.length ? { start: i + 1, end } : null;
  }
  return null;
}

/** None of ours is longer than 127 bytes. */
function packet(first: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([first, content.length]), content]);
}

function prefixed(value: string): Buffer {
  return Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
}

function connectPacket(client: string): Buffer {
  const cleanSession = 2;
  return packet(0x10, prefixed("MQTT"), Buffer.from([4, cleanSession, 0, 0]), prefixed(client));
}

function subscribePacket(qos: Qos): Buffer {
  return packet(0x82, Buffer.from([0, 1]), topic, Buffer.from([qos]));
}

const payload = Buffer.from(text);

function publishPacket(qos: Qos, id: number): Buffer {
  const packetId = qos === 1 ? Buffer.from([id >> 8, id & 0xff]) : Buffer.alloc(0);
  return packet(0x30 | (qos << 1), topic, packetId, payload);
}
