import { expect, test } from "bun:test";
import { createClient, JarvisError } from "@jarvis/sdk";
import { gallery, picture } from "./support/photos.ts";

test.each(["Blob", "Uint8Array", "ArrayBuffer"])(
  "the SDK uploads a photo from a %s, shows and reads it",
  async (form) => {
    await using scene = await gallery();
    const client = createClient({ baseUrl: scene.world.url, token: scene.ann.token });
    const bytes = new Uint8Array(await picture("png"));
    const image =
      form === "Blob"
        ? new Blob([bytes], { type: "image/png" })
        : form === "ArrayBuffer"
          ? bytes.buffer
          : bytes;
    const photo = await client.photos.uploadPhoto({ id: scene.event, image });
    expect(photo).toMatchObject({ width: 40, height: 60 });
    const message = await client.chat.sendMessage({
      id: scene.event,
      text: "",
      client_id: "1",
      photos: [photo.id],
    });
    expect(message.photos).toEqual([photo]);
    const connection = client.realtime();
    await connection.send(scene.event, "over a socket", { photos: [photo.id] });
    connection.close();
    const thumbnail = await client.photos.getPhoto({ id: photo.id, size: "thumb" });
    expect(thumbnail.type).toBe("image/webp");
    expect((await client.photos.getPhoto({ id: photo.id })).size).toBeGreaterThan(0);
    const none = await client.photos.getPhoto({ id: scene.event }).catch((error: unknown) => error);
    expect(none).toBeInstanceOf(JarvisError);
    expect(none).toMatchObject({ code: "not_found", status: 404 });
  },
);
