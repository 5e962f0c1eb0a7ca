export interface RawSocket {
  write(bytes: Uint8Array | string): void;
  close(): void;
}

export interface Reader {
  data(bytes: Buffer): void;
  /** The other side has ended it. */
  ended(error: Error): void;
}

/** A connection as bytes: the load of every peer is made of these, so that it costs little and the same for all. */
export async function openSocket(port: number, reader: Reader): Promise<RawSocket> {
  let closed = false;
  let unsent = Buffer.alloc(0);
  const ended = (why: string) => {
    if (!closed) reader.ended(new Error(`port ${port}: ${why}`));
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, bytes) => reader.data(bytes),
      drain(self) {
        if (unsent.length > 0) unsent = unsent.subarray(self.write(unsent));
      },
      close: () => ended("the connection was closed"),
      error: (_, error) => ended(error.message),
    },
  });
  socket.setNoDelay(true);
  return {
    write(bytes) {
      const all = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
      const taken = unsent.length > 0 ? 0 : socket.write(all);
      if (taken < all.length) unsent = Buffer.concat([unsent, all.subarray(taken)]);
    },
    close() {
      closed = true;
      socket.end();
    },
  };
}

const patienceMs = 20_000;

/** Collects text until `end` stands in it: how the beginnings of connections are read, never what is measured. */
export class Expectation implements Reader {
  #text = "";
  #end: RegExp | null = null;
  #waiting: PromiseWithResolvers<string> | null = null;
  next: Reader | null = null;

  data(bytes: Buffer): void {
    if (this.next !== null) return this.next.data(bytes);
    this.#text += bytes.toString("latin1");
    this.#look();
  }

  ended(error: Error): void {
    this.#waiting?.reject(error);
    this.next?.ended(error);
  }

  /** The text up to and with what `end` finds. */
  async until(end: RegExp): Promise<string> {
    this.#end = end;
    const waiting = Promise.withResolvers<string>();
    this.#waiting = waiting;
    const why = () => new Error(`nothing like ${end} came: ${this.#text.slice(-300)}`);
    const timer = setTimeout(() => waiting.reject(why()), patienceMs);
    this.#look();
    return waiting.promise.finally(() => clearTimeout(timer));
  }

  /** From now on another one reads, beginning with what has arrived since. */
  handOver(next: Reader): void {
    const rest = this.#text;
    this.#text = "";
    this.next = next;
    if (rest !== "") next.data(Buffer.from(rest, "latin1"));
  }

  #look(): void {
    const match = this.#end?.exec(this.#text);
    if (!match) return;
    const length = match.index + match[0].length;
    const found = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    this.#end = null;
    this.#waiting?.resolve(found);
  }
}
