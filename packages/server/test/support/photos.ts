import { readdir } from "node:fs/promises";
import sharp from "sharp";
import { expectOk, newEvent } from "./events.ts";
import { createWorld, type Json, type Person, type World, type WorldOptions } from "./world.ts";

/** What a camera writes into a photo, in every place where it may. */
export const secrets = {
  exif: "EXIF-SECRET-CAMERA",
  xmp: "XMP-SECRET-PLACE",
  comment: "COMMENT-SECRET",
} as const;

const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="${secrets.xmp}"/></rdf:RDF></x:xmpmeta>`;

const exif = {
  IFD0: { Make: secrets.exif, Copyright: secrets.comment },
  IFD3: { GPSLatitudeRef: "N", GPSLatitude: "49/1 15/1 3600/100", GPSLongitudeRef: "W" },
};

export type Format = "jpeg" | "png" | "webp";

/** Red above, blue below, with EXIF, GPS, XMP and a colour profile; turned as `orientation` says. */
export async function picture(
  format: Format = "jpeg",
  { width = 40, height = 60, orientation = 1 } = {},
): Promise<Uint8Array> {
  const half = Math.floor(height / 2);
  const red = await sharp({ create: { width, height: half, channels: 3, background: "#f00" } })
    .png()
    .toBuffer();
  const made = await sharp({ create: { width, height, channels: 3, background: "#00f" } })
    .composite([{ input: red, top: 0, left: 0 }])
    .withExif(exif)
    .withXmp(xmp)
    .withIccProfile("p3")
    .withMetadata({ orientation })
    .toFormat(format)
    .toBuffer();
  return new Uint8Array(made);
}

export interface Gallery extends AsyncDisposable {
  readonly world: World;
  /** Owns the event; bob takes part, eve does not. */
  readonly ann: Person;
  readonly bob: Person;
  readonly eve: Person;
  readonly event: string;
}

export async function gallery(options: WorldOptions = {}): Promise<Gallery> {
  const world = await createWorld(options);
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  const { id: event } = await newEvent(world, ann, { people: [bob.id] });
  return { world, ann, bob, eve, event, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

export async function uploaded(person: Person, event: string, image?: Uint8Array): Promise<string> {
  const answer = await person.call("POST", `/event/${event}/photos`, image ?? (await picture()));
  return expectOk(answer, 201).id;
}

let sent = 0;

/** A message with these photos; gives the message. */
export async function shown(person: Person, event: string, photos: string[], text = ""): Promise<Json> {
  const body = { text, photos, client_id: `photo-${++sent}` };
  return expectOk(await person.call("POST", `/chat/${event}/messages`, body), 201);
}

/** The names in the folder of photos, the work folder's included. */
export async function filesIn(world: World): Promise<string[]> {
  const entries = await readdir(`${world.directory}/photos`, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

export function filesOfPhoto(...ids: string[]): string[] {
  return ids.flatMap((id) => [id, `${id}.thumb`]).toSorted();
}

/** Waits, a turn of the loop at a time, until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > limitMs) throw new Error("it never came to hold");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
