/** A fix as it is kept: metres, m/s, degrees, percent, UTC ms. */
export interface TrackPoint {
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  at_ms: number;
  received_ms: number;
}

/** What is kept of a path: every second of the last half minute, then one in twenty seconds, for half an hour. */
const keptMs = 30 * 60_000;
const denseMs = 30_000;
const denseGapMs = 1_000;
const gapMs = 20_000;
export const maxPoints = 120;

const columns = 9;
const first = 8;

/** Points by time, nine numbers each: thousands of people's would keep the collector busy as objects. */
export class PointList {
  #values = new Float64Array(first * columns);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Puts a point where its time belongs; one of the same time gives way. */
  add(point: TrackPoint): void {
    let index = this.#length;
    while (index > 0 && this.#at(index - 1) > point.at_ms) index--;
    if (index > 0 && this.#at(index - 1) === point.at_ms) return this.#write(index - 1, point);
    if (this.#length >= maxPoints) {
      this.#thin();
      if (this.#length >= maxPoints) this.#drop(1);
      return this.add(point);
    }
    this.#makeRoom();
    this.#values.copyWithin((index + 1) * columns, index * columns, this.#length * columns);
    this.#length++;
    this.#write(index, point);
  }

  since(fromMs: number): TrackPoint[] {
    const points: TrackPoint[] = [];
    for (let i = 0; i < this.#length; i++) if (this.#at(i) >= fromMs) points.push(this.#read(i));
    return points;
  }

  /** Forgets what was made before; false where nothing is left. */
  forgetBefore(ms: number): boolean {
    let count = 0;
    while (count < this.#length && this.#at(count) < ms) count++;
    this.#drop(count);
    return this.#length > 0;
  }

  #at(index: number): number {
    return this.#values[index * columns + 7] ?? Number.NaN;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#values.copyWithin(0, count * columns, this.#length * columns);
    this.#length -= count;
  }

  /** Goes back from the newest, and keeps what is far enough from the one kept last. */
  #thin(): void {
    const newest = this.#at(this.#length - 1);
    this.forgetBefore(newest - keptMs);
    let to = this.#length - 1;
    for (let i = this.#length - 2; i >= 0; i--) {
      const gap = newest - this.#at(i) <= denseMs ? denseGapMs : gapMs;
      if (this.#at(to) - this.#at(i) >= gap) this.#move(i, --to);
    }
    this.#drop(to);
  }

  #move(from: number, to: number): void {
    if (from !== to) this.#values.copyWithin(to * columns, from * columns, (from + 1) * columns);
  }

  #makeRoom(): void {
    if ((this.#length + 1) * columns <= this.#values.length) return;
    const larger = new Float64Array(Math.min(maxPoints, this.#length * 2) * columns);
    larger.set(this.#values);
    this.#values = larger;
  }

  /** One by one: an array to set them from would be made for each point that anybody sends. */
  #write(index: number, point: TrackPoint): void {
    const values = this.#values;
    const at = index * columns;
    values[at] = point.latitude;
    values[at + 1] = point.longitude;
    values[at + 2] = point.accuracy ?? Number.NaN;
    values[at + 3] = point.altitude ?? Number.NaN;
    values[at + 4] = point.speed ?? Number.NaN;
    values[at + 5] = point.heading ?? Number.NaN;
    values[at + 6] = point.battery ?? Number.NaN;
    values[at + 7] = point.at_ms;
    values[at + 8] = point.received_ms;
  }

  #read(index: number): TrackPoint {
    const number = (column: number) => this.#values[index * columns + column] ?? Number.NaN;
    const maybe = (column: number) => (Number.isNaN(number(column)) ? null : number(column));
    return {
      latitude: number(0),
      longitude: number(1),
      accuracy: maybe(2),
      altitude: maybe(3),
      speed: maybe(4),
      heading: maybe(5),
      battery: maybe(6),
      at_ms: number(7),
      received_ms: number(8),
    };
  }
}
