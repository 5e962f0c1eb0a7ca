import type { Room } from "../peers/peer.ts";

const deadlineMs = 120_000;

/** The next message is sent when the last one has reached everybody. */
export function oneAtATime(room: Room, connections: number, messages: number): Promise<void> {
  return bursts(room, connections, messages, 1);
}

/** So many at once, and the next ones when these have reached everybody. */
export function bursts(room: Room, connections: number, messages: number, size: number): Promise<void> {
  return inTime(async () => {
    const before = room.delivered.total;
    for (let sent = size; sent <= messages; sent += size) {
      room.publish(size);
      await room.delivered.reached(before + sent * connections);
    }
  });
}

/** Keeps so many messages unacknowledged until all have been sent; ends when all are acknowledged and delivered. */
export function inFlight(room: Room, total: number, window: number): Promise<void> {
  const before = { acknowledged: room.acknowledged.total, delivered: room.delivered.total };
  let sent = Math.min(window, total);
  room.acknowledged.onAdd = (count) => {
    const next = Math.min(count, total - sent);
    sent += next;
    if (next > 0) room.publish(next);
  };
  return inTime(async () => {
    room.publish(sent);
    await room.acknowledged.reached(before.acknowledged + total);
    await room.delivered.reached(before.delivered + total);
    room.acknowledged.onAdd = null;
  });
}

/** Acknowledgement times in milliseconds, each from the moment its message was due: a late send is the server's fault too. */
export function paced(room: Room, perSecond: number, total: number): Promise<number[]> {
  const before = room.acknowledged.total;
  const began = performance.now() + 5;
  const dueMs = (index: number) => began + (index * 1_000) / perSecond;
  const times: number[] = [];
  room.acknowledged.onAdd = (count) => {
    const now = performance.now();
    for (let i = 0; i < count; i++) times.push(now - dueMs(times.length));
  };
  return inTime(async () => {
    for (let sent = 0; sent < total; ) {
      let due = 0;
      while (sent + due < total && dueMs(sent + due) <= performance.now()) due++;
      if (due > 0) room.publish(due);
      sent += due;
      // The load has a core of its own: it looks again at once, since a timer would be a millisecond late.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await room.acknowledged.reached(before + total);
    room.acknowledged.onAdd = null;
    return times;
  });
}

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not done in ${deadlineMs / 1_000} s`)), deadlineMs);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
