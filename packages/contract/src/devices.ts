import { z } from "zod";
import { selfAboutOwn, selfOnly } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { deviceId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { instantMs, name } from "./values.ts";

/** The protocols in which phones report where they are, by the last part of `/ingest/<protocol>`. */
export const ingestProtocols = ["owntracks", "osmand", "overland", "gpslogger"] as const;
export const ingestProtocol = z.enum(ingestProtocols);
export type IngestProtocol = z.output<typeof ingestProtocol>;

const deviceName = name(limits.deviceNameCodePoints);

const made = {
  id: deviceId,
  name: z.string(),
  /** Whether it also receives, in OwnTracks' answers, whom its person may see. */
  friends: z.boolean(),
  created_ms: instantMs,
};

/** A phone that reports where its person is, with an app that others make. */
export const device = z.object({
  ...made,
  /** When it last reported, to the minute. */
  used_ms: instantMs.nullable(),
  /** Which protocol it spoke last. */
  app: ingestProtocol.nullable(),
  /** Why its last point was dropped; null once one is taken. Clients ignore codes that they do not know. */
  problem: z.object({ code: z.string(), at_ms: instantMs }).nullable(),
});

const setUp = {
  /** What is typed into the app. */
  url: z.string(),
  /** What opens the app on the phone, set up; null where it has nothing of the kind. */
  link: z.string().nullable(),
  /** An SVG of a QR code of the link, or of the url where there is none. */
  qr: z.string(),
};
const password = { username: z.string(), password: z.string() };

/** How each app is set up. Every one of them holds the token. */
export const deviceLinks = z.object({
  owntracks: z.object({ ...setUp, ...password, device_id: z.string(), tid: z.string() }),
  traccar: z.object(setUp),
  osmand: z.object(setUp),
  overland: z.object({ ...setUp, token: z.string(), device_id: z.string() }),
  gpslogger: z.object({ ...setUp, ...password }),
});

/** Token and links are shown this once. */
export const madeDevice = z.object({ ...made, token: z.string(), links: deviceLinks });

const own = z.object({ id: userId });
const one = z.object({ id: userId, device: deviceId });
const ownErrors = ["unauthenticated", "no_account", "forbidden", "not_found"] as const;

/** Phones whose apps report positions by themselves: OwnTracks, Traccar Client, OsmAnd, Overland, GPSLogger. */
export const devices = {
  createDevice: endpoint({
    method: "POST",
    path: "/user/{id}/devices",
    summary: "Let a phone report where the caller is",
    description:
      "Needs a sign-in of the last 5 minutes. The token is shown this once, in `token` and in what the apps are set up with. It writes positions at `/ingest/…`, as `POST /user/{id}/location` does, and nothing else; with `friends` it also receives whom the caller may see at that moment. What a device may do does not change later.",
    auth: "session",
    access: selfOnly,
    params: own,
    body: z.object({ name: deviceName, friends: z.boolean().optional() }),
    response: madeDevice,
    status: 201,
    errors: [...ownErrors, "reauthenticate"],
    rate: "device",
  }),
  listDevices: endpoint({
    method: "GET",
    path: "/user/{id}/devices",
    summary: "The phones that may report where the caller is",
    auth: "session",
    access: selfOnly,
    params: own,
    response: z.array(device),
    errors: ownErrors,
  }),
  renameDevice: endpoint({
    method: "PATCH",
    path: "/user/{id}/devices/{device}",
    summary: "Rename a phone",
    auth: "session",
    access: selfAboutOwn,
    params: one,
    body: z.object({ name: deviceName }),
    response: device,
    errors: ownErrors,
  }),
  removeDevice: endpoint({
    method: "DELETE",
    path: "/user/{id}/devices/{device}",
    summary: "Make a phone's token stop working, at once",
    auth: "session",
    access: selfAboutOwn,
    params: one,
    response: z.literal("success"),
    errors: ownErrors,
  }),
} as const;

export type Device = z.input<typeof device>;
export type MadeDevice = z.input<typeof madeDevice>;
export type DeviceLinks = z.input<typeof deviceLinks>;
