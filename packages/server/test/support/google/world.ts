import { Browser } from "../browser.ts";
import { consent } from "../code-flow.ts";
import { expectOk } from "../events.ts";
import { type GoogleStandIn, startGoogle } from "../google-stand-in.ts";
import { type Answer, createWorld, type Json, type Person, type World, type WorldOptions } from "../world.ts";
import { client } from "./oauth.ts";
import { type PatientClock, patientClock } from "./patient-clock.ts";

export interface GoogleWorld extends World {
  readonly google: GoogleStandIn;
  readonly clock: PatientClock;
  readonly ann: Person;
  /** Of a browser that Ann is signed in with. */
  browser(of?: Person): Browser;
  /** Begins in this browser; gives the address of the consent screen. */
  begin(browser: Browser, of?: Person): Promise<string>;
  /** Goes all the way: begins, says yes and comes back. */
  connect(browser?: Browser): Promise<Answer>;
  /** Ann's calendars. */
  calendars(): Promise<Json[]>;
  /** When Ann is busy: pairs of ISO times. */
  busy(): Promise<string[]>;
}

/** A world that Google knows as its client, and Ann in it, who has a calendar there. */
export async function createGoogleWorld(options: WorldOptions = {}): Promise<GoogleWorld> {
  const google = startGoogle();
  const clock = patientClock();
  const env = {
    JARVIS_GOOGLE_CLIENT_ID: client.id,
    JARVIS_GOOGLE_CLIENT_SECRET: client.secret,
    ...options.env,
  };
  const overrides = { google: google.endpoints, ...options.overrides };
  const world = await createWorld({ clock, ...options, env, overrides });
  const ann = await world.person("Ann");
  const own = `/user/${ann.id}/calendars`;

  function browserOf(of = ann): Browser {
    const browser = new Browser(world);
    browser.cookies.set("jarvis", of.token);
    return browser;
  }

  async function begin(browser: Browser, of = ann): Promise<string> {
    const answer = await browser.call("POST", `/user/${of.id}/calendars`, { google: true });
    return expectOk(answer, 201).consent_url as string; // the contract's check has looked at it
  }

  const extra = {
    google,
    ann,
    browser: browserOf,
    begin,
    connect: async (browser = browserOf()) => browser.open(await consent(await begin(browser))),
    calendars: async () => expectOk(await ann.call("GET", own)),
    async busy() {
      const { read } = world.server.ctx.db;
      const rows = await read.selectFrom("calendar").select("busy").where("user_id", "=", ann.id).execute();
      return rows.flatMap(({ busy }) => [...new Uint32Array(new Uint8Array(busy).buffer)].map(isoOf));
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await google[Symbol.asyncDispose]();
    },
  };
  return new Proxy(world, {
    get: (target, key) => Reflect.get(key in extra ? extra : target, key),
  }) as GoogleWorld; // every member is of one or of the other
}

function isoOf(quarter: number): string {
  return new Date(quarter * 900_000).toISOString().slice(0, 16);
}
