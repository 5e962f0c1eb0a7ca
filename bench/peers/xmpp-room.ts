import { Counter } from "./counter.ts";
import { type Room, text } from "./peer.ts";
import { Expectation, openSocket, type RawSocket, type Reader } from "./raw-socket.ts";

const header =
  "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
let rooms = 0;

export interface XmppRoom extends Room {
  /** How many messages the room's archive says it has (XEP-0313); null: it has none. */
  archived(): Promise<number | null>;
}

/** Occupants of one room of multi-user chat (XEP-0045), signed in anonymously. The author's own copy acknowledges. */
export async function joinXmppRoom(port: number, connections: number): Promise<XmppRoom> {
  // The archive of a room that everybody has left goes with it, but later.
  const room = `room-${rooms++}@conference.localhost`;
  const message = `<message to='${room}' type='groupchat' id='m'><body>${text}</body></message>`;
  const delivered = new Counter();
  const acknowledged = new Counter();
  const sockets: RawSocket[] = [];
  for (let index = 0; index < connections; index++) {
    const { socket, stream } = await enter(port, room, index);
    stream.handOver(new BodyReader(delivered, index === 0 ? acknowledged : null));
    sockets.push(socket);
  }
  return {
    delivered,
    acknowledged,
    publish: (count) => sockets[0]?.write(message.repeat(count)),
    archived: () => askArchive(port, room),
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

async function enter(
  port: number,
  room: string,
  index: number,
): Promise<{ socket: RawSocket; stream: Expectation }> {
  const stream = new Expectation();
  const socket = await openSocket(port, stream);
  const say = (stanza: string, answer: RegExp) => {
    socket.write(stanza);
    return stream.until(answer);
  };
  await say(header, /<\/stream:features>/);
  await say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", /<success.*?>/);
  await say(header, /<\/stream:features>/);
  await say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", /<\/iq>/);
  const join = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>";
  await say(`<presence to='${room}/n${index}'>${join}</presence>`, /<subject\/><\/message>/);
  return { socket, stream };
}

/** Asked over a connection of its own: those that count read nothing else. */
async function askArchive(port: number, room: string): Promise<number | null> {
  const { socket, stream } = await enter(port, room, 100_000);
  const query =
    "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>1</max></set></query>";
  socket.write(`<iq type='set' id='q' to='${room}'>${query}</iq>`);
  const answer = await stream.until(/<iq [^>]*id='q'.*?<\/iq>/);
  socket.close();
  const count = /<count>(\d+)<\/count>/.exec(answer)?.[1];
  return count === undefined ? null : Number(count);
}

const end = Buffer.from("</body>");

/** Counts the messages in what arrives, by how their bodies end; none is lost between two reads. */
class BodyReader implements Reader {
  readonly #delivered: Counter;
  readonly #own: Counter | null;
  #rest = Buffer.alloc(0);

  constructor(delivered: Counter, own: Counter | null) {
    this.#delivered = delivered;
    this.#own = own;
  }

  data(arrived: Buffer): void {
    const bytes = this.#rest.length === 0 ? arrived : Buffer.concat([this.#rest, arrived]);
    let count = 0;
    let from = 0;
    for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, from)) {
      count++;
      from = at + end.length;
    }
    this.#rest = Buffer.from(bytes.subarray(Math.max(from, bytes.length - end.length + 1)));
    this.#delivered.add(count);
    this.#own?.add(count);
  }

  ended(error: Error): void {
    this.#delivered.fail(error);
    this.#own?.fail(error);
  }
}
