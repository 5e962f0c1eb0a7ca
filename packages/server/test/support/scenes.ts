import type { Contract } from "@jarvis/contract";
import { examples, ids } from "@jarvis/contract/examples";
import { secureRandom } from "../../src/lib/ids.ts";
import { movedClock } from "./clock.ts";
import { expectOk } from "./events.ts";
import { type Evening, evening, people } from "./evening.ts";
import { startIssuer } from "./issuer.ts";
import type { Answer, Person } from "./world.ts";

/** Who makes the call of an example, and what must have happened before. */
export interface Scene {
  readonly caller: "ada" | "bob" | "carol" | "nobody";
  readonly setting?: () => Promise<Evening>;
  readonly before?: (scene: Evening) => Promise<Answer>;
}

const calendarText = examples.calendars.addCalendar.request.document;

const ada: Scene = { caller: "ada" };
const bob: Scene = { caller: "bob" };
const carol: Scene = { caller: "carol" };
const nobody: Scene = { caller: "nobody" };

function danSignsUp({ world }: Evening): Promise<Answer> {
  const dan = { email: "dan@example.org", password: "correct horse battery", username: "Dan" };
  return world.call("POST", "/user", dan);
}

function carolAsksAda(scene: Evening): Promise<Answer> {
  return scene.carol.call("POST", `/user/${scene.ada.id}/friend_request`, { from: scene.carol.id });
}

function adaBlocksCarol(scene: Evening): Promise<Answer> {
  return scene.ada.call("PUT", `/user/${scene.ada.id}/blocks/${scene.carol.id}`);
}

function bobAsksWhereAdaIs(scene: Evening): Promise<Answer> {
  const body = { user: scene.ada.id };
  return scene.bob.call("POST", `/event/${scene.made.get(ids.event)}/location_request`, body);
}

function bobShowsAda({ world, ada, bob }: Evening): Promise<Answer> {
  const until = world.clock.now() / 1_000 + 3_600;
  return bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until });
}

function adaLooks({ ada, made }: Evening): Promise<Answer> {
  return ada.call("GET", `/event/${made.get(ids.event)}/locations`);
}

function bobSharesHisWeek({ bob, made }: Evening): Promise<Answer> {
  const { body } = examples.schedule.setAvailability.request;
  return bob.call("PUT", `/event/${made.get(ids.event)}/availability`, body);
}

function bobSaysWhereHeStarts({ bob, made }: Evening): Promise<Answer> {
  const { body } = examples.meeting.setStart.request;
  return bob.call("PUT", `/event/${made.get(ids.event)}/start`, body);
}

async function bothSayWhereTheyStart(scene: Evening): Promise<Answer> {
  const start = { latitude: 49.2827, longitude: -123.1207 };
  expectOk(await scene.ada.call("PUT", `/event/${scene.made.get(ids.event)}/start`, start));
  return bobSaysWhereHeStarts(scene);
}

async function bobShowsAPhoto({ bob, made }: Evening): Promise<Answer> {
  const event = made.get(ids.event);
  const image = Uint8Array.fromBase64(examples.photos.uploadPhoto.request.image);
  const { id } = expectOk(await bob.call("POST", `/event/${event}/photos`, image), 201);
  made.set(ids.photo, id);
  return bob.call("POST", `/chat/${event}/messages`, { text: "", client_id: "photo", photos: [id] });
}

async function adasPhoneMakesAKey(scene: Evening): Promise<Answer> {
  const options = await scene.ada.call("POST", "/auth/passkey/register/options");
  const { id, response } = await scene.phone.create(options.response);
  scene.made
    .set(ids.credential, id)
    .set(ids.clientData, response.clientDataJSON)
    .set(ids.attestation, response.attestationObject);
  return options;
}

async function adasPhoneSigns(scene: Evening): Promise<Answer> {
  const made = await scene.ada.call("POST", "/auth/passkey/register/options");
  const credential = await scene.phone.create(made.response);
  await scene.ada.call("POST", "/auth/passkey/register/verify", { credential });
  const options = await scene.world.call("POST", "/auth/passkey/login/options");
  const { id, response } = await scene.phone.get(options.response);
  scene.made
    .set(ids.credential, id)
    .set(ids.clientData, response.clientDataJSON)
    .set(ids.authenticatorData, response.authenticatorData)
    .set(ids.signature, response.signature)
    .set(ids.handle, response.userHandle);
  return options;
}

function adaImportsACalendar({ ada, made }: Evening): Promise<Answer> {
  return connected(ada, made, new Blob([calendarText], { type: "text/calendar" }), "?name=Work");
}

function adaConnectsACalendar({ ada, made }: Evening): Promise<Answer> {
  return connected(ada, made, { url: made.get("calendar server"), name: "Team" });
}

async function connected(ada: Person, made: Map<string, string>, body: unknown, query = ""): Promise<Answer> {
  const answer = await ada.call("POST", `/user/${ada.id}/calendars${query}`, body);
  made.set(ids.calendar, expectOk(answer, 201).id);
  return answer;
}

/** The people, on a server that may read the calendars of another server of this machine. */
async function withCalendars(): Promise<Evening> {
  const server = Bun.serve({ hostname: "localhost", port: 0, fetch: () => new Response(calendarText) });
  const random = { ...secureRandom(movedClock()), fraction: () => 0 }; // its next turn comes to the minute
  const scene = await people({ JARVIS_CALENDAR_HOSTS: `localhost:${server.port}` }, { random });
  scene.made.set("calendar server", `http://localhost:${server.port}/team.ics`);
  return {
    ...scene,
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await server.stop(true);
    },
  };
}

async function adaSetsUpAPhone({ ada, made }: Evening): Promise<Answer> {
  const answer = await ada.call("POST", `/user/${ada.id}/devices`, { name: "Pixel", friends: true });
  made.set(ids.device, expectOk(answer, 201).id);
  return answer;
}

async function adaSubscribes(scene: Evening): Promise<Answer> {
  const made = await scene.ada.call("POST", `/user/${scene.ada.id}/calendar`);
  const { secret, freebusy_url } = expectOk(made, 201);
  const freebusy = /freebusy\/(.+)\.ics$/.exec(freebusy_url)?.[1] ?? "";
  scene.made.set(ids.feedSecret, secret).set(ids.freebusySecret, freebusy);
  return made;
}

function adaReacts(scene: Evening): Promise<Answer> {
  const path = `/chat/${scene.made.get(ids.event)}/messages/1/reactions/${encodeURIComponent("🚲")}`;
  return scene.ada.call("PUT", path);
}

/** The evening's dinner, before it has a time. */
async function timeless(): Promise<Evening> {
  const scene = await people();
  const { ada, bob, carol, made } = scene;
  const place = { name: "Brix", address: "1138 Homer St", latitude: 49.2756, longitude: -123.1213 };
  const dinner = { name: "Dinner", duration: 7_200, time_zone: "America/Vancouver", place };
  const created = await ada.call("POST", "/event", { ...dinner, people: [bob.id, carol.id] });
  const { id } = expectOk(created, 201);
  made.set(ids.event, id);
  expectOk(await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }));
  return scene;
}

/** Two times to choose from, of which Bob can make the first. */
async function adaOffersTimes(scene: Evening): Promise<Answer> {
  const event = scene.made.get(ids.event);
  const { params: _, ...offer } = examples.polls.addOptions.request;
  const [first, second] = expectOk(await scene.ada.call("POST", `/event/${event}/options`, offer.body), 201);
  scene.made.set(ids.option, first.id).set(ids.otherOption, second.id);
  return scene.bob.call("PUT", `/event/${event}/votes`, { [first.id]: "yes" });
}

function adaPins(scene: Evening): Promise<Answer> {
  return scene.ada.call("PUT", `/chat/${scene.made.get(ids.event)}/pins/1`);
}

/** The people, on a server that accepts the ID tokens of an issuer. */
async function withIssuer(): Promise<Evening> {
  const issuer = await startIssuer();
  await issuer.addKey("key");
  const accepted = [{ name: "example", issuer: issuer.url, audiences: ["jarvis"] }];
  const scene = await people({ JARVIS_OIDC_ISSUERS: JSON.stringify(accepted) });
  const nowS = Math.floor(scene.world.clock.now() / 1_000);
  const claims = { iss: issuer.url, aud: "jarvis", sub: "ada", iat: nowS, exp: nowS + 3_600 };
  scene.made.set(ids.issuer, issuer.url).set(ids.idToken, await issuer.sign(claims, "key"));
  return {
    ...scene,
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

type Scenes = {
  readonly [F in keyof Contract]: {
    readonly [N in keyof Contract[F] as Contract[F][N] extends { redirect: true } | { events: true }
      ? never
      : N]: Scene;
  };
};

/** A scene for every example of the contract: one that is missing does not compile. */
export const scenes: Scenes = {
  accounts: {
    createUser: nobody,
    login: { caller: "nobody", before: danSignsUp },
    searchUsers: ada,
    getUser: ada,
    getSchedule: ada,
    updateUser: carol,
    logout: ada,
  },
  access: {
    passkeyRegisterOptions: ada,
    passkeyRegister: { caller: "ada", before: adasPhoneMakesAKey },
    passkeyLoginOptions: nobody,
    passkeyLogin: { caller: "nobody", before: adasPhoneSigns },
    addIdentity: { caller: "ada", setting: withIssuer },
    changePassword: ada,
    listAccess: ada,
    revokeAccess: ada,
  },
  friends: {
    requestFriend: carol,
    withdrawFriendRequest: { caller: "carol", before: carolAsksAda },
    listFriendRequests: { caller: "ada", before: carolAsksAda },
    answerFriendRequest: { caller: "ada", before: carolAsksAda },
    getPresence: ada,
    listFriends: ada,
    removeFriend: ada,
    block: ada,
    unblock: { caller: "ada", before: adaBlocksCarol },
    listBlocks: { caller: "ada", before: adaBlocksCarol },
  },
  events: {
    createEvent: { caller: "ada", setting: people },
    getEvent: bob,
    updateEvent: ada,
    cancelEvent: ada,
    listEvents: ada,
    addPeople: ada,
    removePerson: ada,
    setRole: ada,
    setRsvp: carol,
    setPlace: ada,
  },
  schedule: {
    getAvailability: { caller: "bob", before: bobSharesHisWeek },
    setAvailability: bob,
    listSuggestions: { caller: "ada", before: bobSharesHisWeek },
  },
  polls: {
    addOptions: { caller: "ada", setting: timeless },
    getPoll: { caller: "ada", setting: timeless, before: adaOffersTimes },
    setPoll: { caller: "ada", setting: timeless, before: adaOffersTimes },
    removeOption: { caller: "ada", setting: timeless, before: adaOffersTimes },
    setVotes: { caller: "bob", setting: timeless, before: adaOffersTimes },
    activate: { caller: "ada", setting: timeless, before: adaOffersTimes },
  },
  chat: {
    getChat: ada,
    sendMessage: bob,
    listMessages: ada,
    searchMessages: ada,
    editMessage: bob,
    deleteMessage: bob,
    addReaction: ada,
    removeReaction: { caller: "ada", before: adaReacts },
    pinMessage: ada,
    unpinMessage: { caller: "bob", before: adaPins },
    listPins: { caller: "ada", before: adaPins },
    markRead: bob,
  },
  photos: { uploadPhoto: bob, getPhoto: { caller: "ada", before: bobShowsAPhoto } },
  calendars: {
    addCalendar: ada,
    listCalendars: { caller: "ada", before: adaImportsACalendar },
    refreshCalendar: { caller: "ada", setting: withCalendars, before: adaConnectsACalendar },
    removeCalendar: { caller: "ada", before: adaImportsACalendar },
  },
  location: {
    uploadLocation: bob,
    getOwnLocation: bob,
    setShare: bob,
    endShare: { caller: "bob", before: bobShowsAda },
    listShares: { caller: "ada", before: bobShowsAda },
    listLocationViews: { caller: "bob", before: adaLooks },
    uploadEventLocation: ada,
    getSharing: bob,
    setSharing: ada,
    listLocations: ada,
    getLocation: ada,
    getTrail: ada,
    getJourney: bob,
    requestLocation: bob,
    listLocationRequests: { caller: "ada", before: bobAsksWhereAdaIs },
    answerLocationRequest: { caller: "ada", before: bobAsksWhereAdaIs },
  },
  devices: {
    createDevice: ada,
    listDevices: { caller: "ada", before: adaSetsUpAPhone },
    renameDevice: { caller: "ada", before: adaSetsUpAPhone },
    removeDevice: { caller: "ada", before: adaSetsUpAPhone },
  },
  meeting: {
    setStart: bob,
    getStart: { caller: "bob", before: bobSaysWhereHeStarts },
    removeStart: { caller: "bob", before: bobSaysWhereHeStarts },
    getMeetingPoint: { caller: "ada", before: bothSayWhereTheyStart },
  },
  feeds: {
    getFeed: { caller: "ada", before: adaSubscribes },
    createFeed: ada,
    deleteFeed: { caller: "ada", before: adaSubscribes },
    readFeed: { caller: "nobody", before: adaSubscribes },
    readFreeBusy: { caller: "nobody", before: adaSubscribes },
    readEventCalendar: bob,
  },
  streams: { pollFrames: bob },
  privacy: { exportUser: bob, eraseUser: bob },
  operations: { health: nobody, ready: nobody },
};

/** The world of a scene, up to the call. */
export async function setUp(scene: Scene): Promise<Evening> {
  const made = await (scene.setting ?? evening)();
  if (scene.before !== undefined) {
    const answer = await scene.before(made);
    expectOk(answer, answer.status === 201 ? 201 : 200);
  }
  return made;
}
