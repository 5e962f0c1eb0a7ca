import type { DeviceLinks } from "@jarvis/contract";

/** What the apps are set up with, before the codes are drawn: `qr` is the text of each. */
export interface LinksOf {
  readonly publicUrl: string;
  readonly token: string;
  /** By which OwnTracks knows its own person. */
  readonly tid: string;
  readonly deviceName: string;
}

/** Any name is taken with the token; this is what a person may type where one is asked for. */
const username = "jarvis";

export function deviceLinks(of: LinksOf): DeviceLinks {
  const deviceId = slugOf(of.deviceName);
  return {
    owntracks: ownTracks(of, deviceId),
    traccar: traccar(of, deviceId),
    osmand: osmAnd(of),
    overland: overland(of, deviceId),
    gpslogger: gpsLogger(of),
  };
}

function addressOf({ publicUrl }: LinksOf, protocol: string): string {
  return `${publicUrl}/ingest/${protocol}`;
}

/** The configuration file of OwnTracks; 3 is its HTTP mode, and 1 reports on significant changes. */
function ownTracks(of: LinksOf, deviceId: string): DeviceLinks["owntracks"] {
  const url = addressOf(of, "owntracks");
  const { token: password, tid } = of;
  const file = {
    _type: "configuration",
    mode: 3,
    url,
    auth: true,
    username,
    password,
    deviceId,
    tid,
    monitoring: 1,
    cmd: true,
  };
  const link = `owntracks:///config?inline=${encodeURIComponent(toBase64(JSON.stringify(file)))}`;
  return { url, link, qr: link, username, password, device_id: deviceId, tid };
}

function toBase64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

/** Its scanner takes the address to report to, with settings in the query. */
function traccar(of: LinksOf, deviceId: string): DeviceLinks["traccar"] {
  const url = `${addressOf(of, "osmand")}/${of.token}`;
  const settings = new URLSearchParams({
    id: deviceId,
    interval: "30",
    distance: "50",
    accuracy: "high",
    buffer: "true",
  });
  const link = `${url}?${settings.toString()}`;
  return { url, link, qr: link };
}

function osmAnd(of: LinksOf): DeviceLinks["osmand"] {
  const fields = "lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}";
  const url = `${addressOf(of, "osmand")}/${of.token}?${fields}`;
  return { url, link: null, qr: url };
}

function overland(of: LinksOf, deviceId: string): DeviceLinks["overland"] {
  const url = addressOf(of, "overland");
  const { token } = of;
  const settings = `url=${encodeURIComponent(url)}&token=${token}&device_id=${deviceId}`;
  const link = `overland://setup?${settings}`;
  return { url, link, qr: link, token, device_id: deviceId };
}

function gpsLogger(of: LinksOf): DeviceLinks["gpslogger"] {
  const fields = "lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&alt=%ALT&spd=%SPD&dir=%DIR&batt=%BATT";
  const url = `${addressOf(of, "gpslogger")}?${fields}`;
  return { url, link: null, qr: url, username, password: of.token };
}

/** What apps take as the name of a phone: letters, digits and hyphens. */
function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const slug = plain.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 24);
  return slug.replaceAll(/^-+|-+$/g, "") || "phone";
}
