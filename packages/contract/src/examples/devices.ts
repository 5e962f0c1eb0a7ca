import type { Device, devices } from "../devices.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, nowMs } from "./cast.ts";

const address = "https://jarvis.example/ingest";
const made = { id: ids.device, name: "Pixel", friends: true, created_ms: nowMs };
const device: Device = { ...made, used_ms: null, app: null, problem: null };
const account = { username: "jarvis", password: ids.deviceToken };
const params = { id: ids.ada };
const one = { id: ids.ada, device: ids.device };

export const devicesExamples: ExamplesOf<typeof devices> = {
  createDevice: {
    request: { params, body: { name: "Pixel", friends: true } },
    response: {
      ...made,
      token: ids.deviceToken,
      links: {
        owntracks: {
          url: `${address}/owntracks`,
          link: `owntracks:///config?inline=${ids.deviceFile}`,
          qr: ids.ownTracksCode,
          ...account,
          device_id: "pixel",
          tid: "AD",
        },
        traccar: {
          url: `${address}/osmand/${ids.deviceToken}`,
          link: `${address}/osmand/${ids.deviceToken}?id=pixel&interval=30&distance=50&accuracy=high&buffer=true`,
          qr: ids.traccarCode,
        },
        osmand: {
          url: `${address}/osmand/${ids.deviceToken}?lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}`,
          link: null,
          qr: ids.osmAndCode,
        },
        overland: {
          url: `${address}/overland`,
          link: `overland://setup?url=https%3A%2F%2Fjarvis.example%2Fingest%2Foverland&token=${ids.deviceToken}&device_id=pixel`,
          qr: ids.overlandCode,
          token: ids.deviceToken,
          device_id: "pixel",
        },
        gpslogger: {
          url: `${address}/gpslogger?lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&alt=%ALT&spd=%SPD&dir=%DIR&batt=%BATT`,
          link: null,
          qr: ids.gpsLoggerCode,
          ...account,
        },
      },
    },
  },
  listDevices: { request: { params }, response: [device] },
  renameDevice: {
    request: { params: one, body: { name: "Old Pixel" } },
    response: { ...device, name: "Old Pixel" },
  },
  removeDevice: { request: { params: one }, response: "success" },
};
