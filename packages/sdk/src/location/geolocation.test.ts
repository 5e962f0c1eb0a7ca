import { expect, test } from "bun:test";
import { fixAt, openUploads } from "../../test/support/uploads.ts";
import type { BrowserPosition } from "./fix.ts";
import { uploadFromBrowser } from "./geolocation.ts";

function receiver() {
  const watches = new Map<number, (position: BrowserPosition) => void>();
  let last = 0;
  return {
    watches,
    found: (position: BrowserPosition) => watches.forEach((tell) => tell(position)),
    watchPosition(tell: (position: BrowserPosition) => void) {
      watches.set(++last, tell);
      return last;
    },
    clearWatch: (watch: number) => void watches.delete(watch),
  };
}

test("a browser's receiver is asked while the uploader is on, and rests in pauses", async () => {
  const { clock, uploader, calls, latitudes } = openUploads();
  const geolocation = receiver();
  const stop = uploadFromBrowser(uploader, geolocation);
  geolocation.found(fixAt(clock, 1));
  await calls[0]?.settle();
  uploader.pause();
  expect(geolocation.watches.size).toBe(0);
  clock.advance(2_000);
  uploader.resume();
  geolocation.found(fixAt(clock, 2));
  expect(latitudes()).toEqual([1, 2]);
  expect(geolocation.watches.size).toBe(1);
  stop();
  uploader.pause();
  uploader.resume();
  expect(geolocation.watches.size).toBe(0);
});

test("the receiver rests once the uploader has ended", () => {
  const { uploader } = openUploads();
  const geolocation = receiver();
  uploadFromBrowser(uploader, geolocation);
  uploader.close();
  expect(geolocation.watches.size).toBe(0);
});
