/**
 * Bytes that arrive piece by piece, in one buffer. Kept as pieces, a body that is sent a byte at a time would take a
 * hundred times its size.
 */
export class GrowingBytes {
  #bytes = new Uint8Array(4096);
  length = 0;

  add(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.length);
    this.length = length;
  }

  /** Without a copy: what is added afterwards may change it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}
