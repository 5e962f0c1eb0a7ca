// Runs alone: what people notice of decoding is measured.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type Client, createClient, JarvisError } from "@jarvis/sdk";
import sharp from "sharp";
import { runHousekeeping } from "../src/housekeeping.ts";
import { movedClock } from "../test/support/clock.ts";
import { expectOk } from "../test/support/events.ts";
import { filesIn, filesOfPhoto, gallery, picture, until } from "../test/support/photos.ts";
import {
  processEnv,
  type ServerProcess,
  startProcess,
  temporaryDirectory,
} from "../test/support/server-process.ts";
import { createWorld } from "../test/support/world.ts";
import { createRandom } from "./support/random.ts";

const limitMs = 300_000;
const kills = 20;
const mebibyte = 1024 * 1024;

async function newPerson(url: string, name: string): Promise<Client> {
  const client = createClient({ baseUrl: url });
  await client.signUp({ email: `${name}@example.org`, password: "correct horse", username: name });
  return client;
}

/** The processes that decode for this server. */
function decodersOf(server: ServerProcess): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = contentOf(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return parent === server.pid && contentOf(`/proc/${name}/cmdline`).includes("image-process")
      ? [Number(name)]
      : [];
  });
}

/** Empty where the process is gone by now. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(contentOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
}

async function noise(width: number, height: number, quality: number): Promise<Uint8Array<ArrayBuffer>> {
  const gaussian = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const create = { width, height, channels: 3, background: "#888", noise: gaussian } as const;
  return new Uint8Array(
    await sharp({ create }).jpeg({ quality }).withMetadata({ orientation: 6 }).toBuffer(),
  );
}

/** What has been acknowledged. */
class Album {
  readonly shown = new Map<string, number>();
  readonly deleted = new Set<string>();
  readonly uploaded = new Set<string>();
  operations = 0;
}

/** Uploads, shows and deletes until the server is gone. */
async function useAlbum(
  client: Client,
  event: string,
  album: Album,
  image: Uint8Array<ArrayBuffer>,
  random: () => number,
) {
  try {
    for (;;) {
      const { id } = await client.photos.uploadPhoto({ id: event, image });
      album.uploaded.add(id);
      const shown = { id: event, text: "", photos: [id], client_id: crypto.randomUUID() };
      const { seq } = await client.chat.sendMessage(shown);
      album.shown.set(id, seq);
      album.operations++;
      if (random() < 0.5) continue;
      album.shown.delete(id); // either way, from here until it is acknowledged
      await client.chat.deleteMessage({ id: event, seq: String(seq) });
      album.deleted.add(id);
    }
  } catch (error) {
    if (error instanceof JarvisError) throw error;
  }
}

test(
  `the server is killed ${kills} times among uploads and deletions: what was acknowledged is so, nothing stays for ever`,
  async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = createRandom(seed);
    process.stdout.write(`photos: seed ${seed}\n`);
    const image = new Uint8Array(await picture());
    const album = new Album();
    let tokens: (string | null)[] = [];
    let event = "";
    for (let round = 0; round <= kills; round++) {
      await using server = await startProcess(env);
      if (round === 0) {
        const people = [await newPerson(server.url, "ann")];
        tokens = people.map(({ token }) => token);
        event = (await people[0]?.events.createEvent({ name: "Picnic", duration: 60 }))?.id ?? "";
      }
      const [token = null] = tokens;
      const client = createClient({ baseUrl: server.url, token });
      const work = `${directory.path}/photos/.work`;
      expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
      for (const id of [...album.shown.keys()].slice(-10))
        expect((await client.photos.getPhoto({ id })).size).toBeGreaterThan(100);
      for (const id of [...album.deleted].slice(-10)) {
        const answer = await client.photos.getPhoto({ id }).catch((error: unknown) => error);
        expect(answer).toMatchObject({ code: "not_found" });
        for (const name of filesOfPhoto(id))
          expect(existsSync(`${directory.path}/photos/${name}`)).toBe(false);
      }
      if (round === kills) break;
      const goal = album.operations + 1 + Math.floor(random() * 12);
      const users = [1, 2, 3].map(() => useAlbum(client, event, album, image, random));
      await until(() => album.operations >= goal);
      const decoders = decodersOf(server);
      expect(decoders.length).toBeGreaterThan(0);
      server.kill("SIGKILL");
      await server.exited;
      await Promise.all(users);
      await until(() => decoders.every((pid) => !existsSync(`/proc/${pid}`)));
    }
    // Two hours later everything that no row or no message names has been swept.
    const clock = movedClock(Date.now() + 25 * 60 * 60_000);
    await using world = await createWorld({ directory: directory.path, clock });
    await runHousekeeping(world.server.ctx);
    const rows = await world.server.ctx.db.read.selectFrom("photo").select("id").execute();
    const ids: string[] = rows.map(({ id }) => id);
    expect(await filesIn(world)).toEqual(filesOfPhoto(...ids));
    expect([...album.shown.keys()].filter((id) => !ids.includes(id))).toEqual([]);
    expect([...album.deleted].filter((id) => ids.includes(id))).toEqual([]);
    process.stdout.write(
      `photos: ${album.uploaded.size} uploaded, ${album.deleted.size} deleted, ${kills} kills\n`,
    );
  },
  limitMs,
);

test(
  "photos of 48 megapixels from several people at once neither grow the server nor hold its messages up",
  async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off" });
    await using server = await startProcess(env);
    const ann = await newPerson(server.url, "ann");
    const { id } = await ann.events.createEvent({ name: "Picnic", duration: 60 });
    const image = await noise(8_000, 6_000, 35);
    expect(image.length).toBeGreaterThan(6 * mebibyte);
    await ann.chat.sendMessage({ id, text: "warm", client_id: "warm" });
    const before = residentMiB(server.pid);
    const uploads = Promise.all([1, 2, 3, 4].map(() => ann.photos.uploadPhoto({ id, image })));
    const over = new AbortController();
    void uploads.finally(() => over.abort());
    let [worstMs, sent, mostMiB, mostDecoders, decoderMiB] = [0, 0, 0, 0, 0];
    while (!over.signal.aborted) {
      const begun = performance.now();
      await ann.chat.sendMessage({ id, text: "on my way", client_id: String(++sent) });
      worstMs = Math.max(worstMs, performance.now() - begun);
      mostMiB = Math.max(mostMiB, residentMiB(server.pid));
      const decoders = decodersOf(server);
      mostDecoders = Math.max(mostDecoders, decoders.length);
      decoderMiB = Math.max(decoderMiB, ...decoders.map(residentMiB));
    }
    const found = await uploads;
    expect(new Set(found.map(({ width, height }) => `${width} × ${height}`))).toEqual(
      new Set(["3072 × 4096"]),
    );
    process.stdout.write(
      `photos: ${sent} messages beside, the slowest ${worstMs.toFixed(1)} ms; server ${before.toFixed(0)} to ${mostMiB.toFixed(0)} MiB, decoders up to ${decoderMiB.toFixed(0)} MiB\n`,
    );
    expect(mostDecoders).toBeLessThanOrEqual(2);
    expect(sent).toBeGreaterThan(20);
    expect(worstMs).toBeLessThan(1_000);
    expect(mostMiB - before).toBeLessThan(64);
    expect(decoderMiB).toBeLessThan(512);
  },
  limitMs,
);

test(
  "an image that takes too much memory to decode is refused, and the next one is not",
  async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const create = { width: 7_000, height: 7_000, channels: 4, background: "#1238" } as const;
    const bomb = await sharp({ create })
      .toColourspace("rgb16")
      .withMetadata({ orientation: 6 })
      .png({ progressive: true })
      .toBuffer();
    expect(bomb.length).toBeLessThan(10 * mebibyte);
    const answer = await ann.call("POST", `/event/${event}/photos`, new Uint8Array(bomb));
    expect([answer.body["code"], answer.body["detail"]]).toEqual([
      "unsupported_media_type",
      "The image takes too much memory to decode",
    ]);
    expectOk(await ann.call("POST", `/event/${event}/photos`, await picture()), 201);
  },
  limitMs,
);

test(
  "a PNG that would be larger than what may be sent is kept as WebP",
  async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const gaussian = { type: "gaussian", mean: 128, sigma: 40 } as const;
    const create = { width: 2_600, height: 2_500, channels: 3, background: "#888", noise: gaussian } as const;
    const few = await sharp({ create }).png({ palette: true, colours: 256, dither: 0, effort: 1 }).toBuffer();
    expect(few.length).toBeLessThan(10 * mebibyte);
    expect((await sharp(few).png().toBuffer()).length).toBeGreaterThan(10 * mebibyte);
    const { id } = expectOk(await ann.call("POST", `/event/${event}/photos`, new Uint8Array(few)), 201);
    const { headers, bytes } = await ann.call("GET", `/photos/${id}`);
    expect(headers.get("content-type")).toBe("image/webp");
    expect(bytes.length).toBeLessThan(10 * mebibyte);
  },
  limitMs,
);
