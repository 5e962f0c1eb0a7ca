import { expect, test } from "bun:test";
import { beginMs, fixAt, openUploads } from "../../test/support/uploads.ts";
import { JarvisError, JarvisNetworkError } from "../errors.ts";

test("of many fixes the newest leaves, once a second", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  for (let step = 0; step < 40; step++) {
    expect(uploader.push(fixAt(clock, step))).toBe(true);
    await calls.at(-1)?.settle();
    clock.advance(100);
  }
  expect(latitudes()).toEqual([0, 9, 19, 29, 39]);
  expect(calls.map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(calls[1]?.fix).toEqual({ latitude: 9, longitude: 1, accuracy: 8, at: beginMs / 1_000 + 0.9 });
});

test("while there is no network the newest waits, alone, and leaves when there is one again", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisNetworkError("no answer"));
  for (const latitude of [2, 3, 4]) {
    clock.advance(100);
    uploader.push(fixAt(clock, latitude));
  }
  clock.advance(5_000);
  expect(latitudes()).toEqual([1, 4]);
  await calls[1]?.settle(new JarvisNetworkError("no answer"));
  clock.advance(5_000);
  expect(latitudes()).toEqual([1, 4, 4]);
  await calls[2]?.settle();
  clock.advance(60_000);
  expect(calls).toHaveLength(3);
});

test("a call that hangs is given up, and the newest goes in its place", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  uploader.push(fixAt(clock, 1));
  clock.advance(5_000);
  uploader.push(fixAt(clock, 2));
  clock.advance(20_000);
  expect(calls[0]?.signal.aborted).toBe(true);
  expect(latitudes()).toEqual([1, 2]);
  await calls[0]?.settle(new JarvisError("not_found", { status: 404 })); // too late to matter
  expect(uploader.state).toEqual({ is: "on" });
});

test("after 429 it waits as long as the server says", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisError("too_many_requests", { status: 429, retryAfterS: 30 }));
  clock.advance(29_999);
  uploader.push(fixAt(clock, 2));
  expect(calls).toHaveLength(1);
  clock.advance(10_000);
  expect(latitudes()).toEqual([1, 2]);
});

test("nothing that was made before or in a pause leaves after it", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisNetworkError("no answer"));
  clock.advance(100);
  uploader.push(fixAt(clock, 2)); // waits
  uploader.pause();
  clock.advance(5_000);
  expect(uploader.push(fixAt(clock, 3))).toBe(false);
  clock.advance(5_000);
  uploader.resume();
  expect(uploader.push(fixAt(clock, 4, 1))).toBe(false); // the receiver hands out what it found in the pause
  clock.advance(60_000);
  expect(latitudes()).toEqual([1]);
  expect(uploader.push(fixAt(clock, 5))).toBe(true);
  expect(latitudes()).toEqual([1, 5]);
});

test("a pause gives up what is under way, and its end does not bring it back", async () => {
  const { clock, calls, uploader, latitudes } = openUploads();
  uploader.push(fixAt(clock, 1));
  uploader.pause();
  expect(calls[0]?.signal.aborted).toBe(true);
  await calls[0]?.settle(new JarvisNetworkError("aborted"));
  uploader.resume();
  clock.advance(60_000);
  expect(latitudes()).toEqual([1]);
});

test("a server that says sharing is off pauses it; refused for good, it ends", async () => {
  const { clock, calls, uploader } = openUploads();
  const states: unknown[] = [];
  uploader.subscribe(() => states.push(uploader.state));
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisError("sharing_off", { status: 409 }));
  expect(uploader.push(fixAt(clock, 2))).toBe(false);
  uploader.resume();
  clock.advance(1_000);
  uploader.push(fixAt(clock, 3));
  await calls[1]?.settle(new JarvisError("outside_window", { status: 403 }));
  clock.advance(1_000);
  expect(uploader.push(fixAt(clock, 4))).toBe(false);
  expect(states).toEqual([
    { is: "paused", code: "sharing_off" },
    { is: "on" },
    { is: "ended", code: "outside_window" },
  ]);
});

test("it ends with the window, and what waits then never leaves", async () => {
  const { clock, calls, uploader } = openUploads({ untilMs: beginMs + 10_000 });
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisNetworkError("no answer"));
  clock.advance(9_000);
  await calls[1]?.settle(new JarvisError("too_many_requests", { status: 429, retryAfterS: 5 }));
  const before = calls.length;
  clock.advance(1_000);
  expect(uploader.state).toEqual({ is: "ended" });
  clock.advance(60_000);
  expect(uploader.push(fixAt(clock, 2))).toBe(false);
  expect(calls).toHaveLength(before);
});

test("before the window it asks again each minute, with what is new then", async () => {
  const { clock, calls, uploader, latitudes } = openUploads({ untilMs: beginMs + 3_600_000 });
  uploader.push(fixAt(clock, 1));
  await calls[0]?.settle(new JarvisError("outside_window", { status: 403 }));
  clock.advance(59_000);
  uploader.push(fixAt(clock, 2));
  expect(latitudes()).toEqual([1]);
  clock.advance(1_000);
  expect(latitudes()).toEqual([1, 2]);
});

test("what is no fix, or older than one before, is not sent; one that is refused is reported", async () => {
  const errors: unknown[] = [];
  const { clock, calls, uploader } = openUploads({ onError: (error) => errors.push(error) });
  expect(uploader.push({ latitude: Number.NaN, longitude: 1 })).toBe(false);
  expect(uploader.push({ latitude: "49.5", longitude: 1 })).toBe(true);
  expect(uploader.push(fixAt(clock, 2, 10))).toBe(false);
  const refusal = new JarvisError("invalid_input", { status: 400 });
  await calls[0]?.settle(refusal);
  expect(errors).toEqual([refusal]);
  expect(uploader.state).toEqual({ is: "on" });
});
