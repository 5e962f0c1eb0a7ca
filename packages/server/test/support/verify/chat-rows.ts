import { picture } from "../photos.ts";
import { connect } from "../socket.ts";
import type { Answer, Person } from "../world.ts";
import { another } from "./observer.ts";
import type { Rows } from "./row.ts";
import { plaza, type Scene, send } from "./scene.ts";

const message = ({ event }: Scene, seq: number) => `/chat/${event}/messages/${seq}`;
const read = ({ event }: Scene, by: Person, seq: number) => by.call("PUT", `/chat/${event}/read`, { seq });
const everybody = ["owner", "host", "guest", "invited", "friend"] as const;

/** A frame over another socket of the actor; resolves once a later one was answered. */
async function framed({ world }: Scene, by: Person, frame: Record<string, unknown>): Promise<void> {
  await using socket = await connect(world.url, by);
  socket.send({ ...frame, type: String(frame["type"]) } as Parameters<typeof socket.send>[0]); // a frame's form
  const isAnswered = () => socket.frames.some(({ type }) => type === "ack" || type === "error");
  while (frame["type"] === "send" && !isAnswered()) await another(socket);
  await socket.flushed();
}

export const chatRows: Rows = {
  "chat.sendMessage": [
    { what: "writes", act: ({ guest, event }) => send(guest, event, "hello") },
    {
      what: "names somebody",
      act: ({ guest, event }) => send(guest, event, "@owner and @friend, where are you?"),
    },
    {
      what: "shows a photo",
      act: (scene) => showPhoto(scene, scene.guest),
    },
    {
      what: "answers a message",
      act: ({ guest, event }) =>
        guest.call("POST", `/chat/${event}/messages`, { text: "yes", client_id: "answer", reply_to: 1 }),
    },
  ],
  "chat.editMessage": [
    {
      what: "names somebody",
      act: (scene) => scene.guest.call("PATCH", message(scene, 3), { text: "@owner" }),
    },
    { what: "edits", act: (scene) => scene.guest.call("PATCH", message(scene, 3), { text: "edited" }) },
  ],
  "chat.deleteMessage": [
    { what: "deletes an unread one", act: (scene) => scene.guest.call("DELETE", message(scene, 3)) },
    {
      what: "deletes a pinned one that names somebody and has reactions",
      async prepare(scene) {
        await scene.guest.call("PATCH", message(scene, 3), { text: "@owner" });
        await pin(scene, 3, "PUT");
        await scene.host.call("PUT", `${message(scene, 3)}/reactions/${encodeURIComponent("👍")}`);
      },
      act: (scene) => scene.guest.call("DELETE", message(scene, 3)),
    },
    {
      what: "deletes one that shows a photo",
      prepare: (scene) => showPhoto(scene, scene.guest),
      act: (scene) => scene.guest.call("DELETE", message(scene, 5)),
    },
    { what: "deletes a read one", act: (scene) => scene.host.call("DELETE", message(scene, 2)) },
  ],
  "photos.uploadPhoto": [
    {
      what: "uploads, which nobody else is told",
      act: (scene) => upload(scene, scene.guest),
    },
  ],
  "chat.addReaction": [
    { what: "reacts", act: (scene) => react(scene, scene.guest, "PUT") },
    {
      what: "reacts as others have",
      prepare: (scene) => react(scene, scene.friend, "PUT"),
      act: (scene) => react(scene, scene.guest, "PUT"),
    },
  ],
  "chat.removeReaction": [
    {
      what: "takes a reaction back",
      prepare: (scene) => react(scene, scene.guest, "PUT"),
      act: (scene) => react(scene, scene.guest, "DELETE"),
    },
  ],
  "chat.pinMessage": [
    { what: "pins", act: (scene) => pin(scene, 2, "PUT") },
    { what: "pins another", prepare: (scene) => pin(scene, 2, "PUT"), act: (scene) => pin(scene, 3, "PUT") },
  ],
  "chat.unpinMessage": [
    { what: "unpins", prepare: (scene) => pin(scene, 2, "PUT"), act: (scene) => pin(scene, 2, "DELETE") },
  ],
  "chat.markRead": [
    { what: "reads", markers: everybody, act: (scene) => read(scene, scene.guest, 4) },
    { what: "reads further", markers: everybody, act: (scene) => read(scene, scene.owner, 3) },
  ],
  "location.uploadLocation": [
    { what: "moves", act: ({ guest }) => guest.call("POST", `/user/${guest.id}/location`, plaza) },
  ],
  "location.uploadEventLocation": [
    {
      what: "shares by moving in the event",
      act: ({ guest, event }) => guest.call("POST", `/event/${event}/location`, plaza),
    },
  ],
  "location.setSharing": [
    { what: "shares", act: (scene) => share(scene, "on") },
    { what: "pauses", prepare: (scene) => share(scene, "on"), act: (scene) => share(scene, "paused") },
    { what: "stops", prepare: (scene) => share(scene, "on"), act: (scene) => share(scene, "off") },
    { what: "pauses what was never on", act: (scene) => share(scene, "paused") },
    {
      what: "stops what was never on",
      prepare: (scene) => share(scene, "paused"),
      act: (scene) => share(scene, "off"),
    },
    {
      what: "shares after pausing what was never on",
      prepare: (scene) => share(scene, "paused"),
      act: (scene) => share(scene, "on"),
    },
  ],
  "location.requestLocation": [
    { what: "asks", act: (scene) => ask(scene, scene.guest, scene.friend) },
    {
      what: "asks who has declined",
      prepare: async (scene) => {
        await ask(scene, scene.guest, scene.friend);
        await answer(scene, "decline");
      },
      act: (scene) => ask(scene, scene.guest, scene.friend),
    },
    {
      what: "asks who has blocked them",
      prepare: ({ friend, guest }) => friend.call("PUT", `/user/${friend.id}/blocks/${guest.id}`),
      act: (scene) => ask(scene, scene.guest, scene.friend),
    },
  ],
  "location.answerLocationRequest": ["accept", "decline"].map((what) => ({
    what: `${what}s`,
    prepare: (scene) => ask(scene, scene.guest, scene.friend),
    act: (scene) => answer(scene, what),
  })),
  "frame.send": [
    {
      what: "writes over a socket",
      act: (scene) =>
        framed(scene, scene.guest, { type: "send", chat: scene.event, client_id: "f", text: "hi" }),
    },
  ],
  "frame.read": [
    {
      what: "reads over a socket",
      markers: everybody,
      act: (scene) => framed(scene, scene.guest, { type: "read", chat: scene.event, seq: 4 }),
    },
  ],
  "frame.location": [
    {
      what: "shares by moving in the event, over a socket",
      act: (scene) => framed(scene, scene.guest, { type: "location", event: scene.event, ...plaza }),
    },
  ],
};

async function upload({ event }: Scene, by: Person): Promise<Answer> {
  return by.call("POST", `/event/${event}/photos`, await picture());
}

/** Refused where the upload is: after other acts it may be. */
export async function showPhoto(scene: Scene, by: Person): Promise<Answer> {
  const uploaded = await upload(scene, by);
  if (uploaded.status !== 201) return uploaded;
  const content = { text: "look", client_id: "photo", photos: [uploaded.response.id] };
  return by.call("POST", `/chat/${scene.event}/messages`, content);
}

function react({ event }: Scene, by: Person, method: string): Promise<Answer> {
  return by.call(method, `/chat/${event}/messages/1/reactions/${encodeURIComponent("👍")}`);
}

function pin({ event, guest }: Scene, seq: number, method: string): Promise<Answer> {
  return guest.call(method, `/chat/${event}/pins/${seq}`);
}

function share({ guest, event }: Scene, state: string): Promise<Answer> {
  return guest.call("PUT", `/event/${event}/sharing`, { state });
}

function ask({ event }: Scene, from: Person, whom: Person): Promise<Answer> {
  return from.call("POST", `/event/${event}/location_request`, { user: whom.id });
}

function answer({ event, friend, guest }: Scene, what: string): Promise<Answer> {
  return friend.call("PUT", `/event/${event}/location_request/${guest.id}`, { answer: what });
}
