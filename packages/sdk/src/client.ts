import {
  type Contract,
  contract,
  type Endpoint,
  type EventId,
  type SignedIn,
  type UserId,
} from "@jarvis/contract";
import type { Api, Features } from "./api.ts";
import { type Arguments, type CallOptions, callEndpoint, type Http, type Page } from "./call.ts";
import {
  type Clock,
  type Fetch,
  type Random,
  type SocketConstructor,
  systemClock,
  systemRandom,
} from "./environment.ts";
import { LocationUploader, type UploaderOptions } from "./location/uploader.ts";
import { Connection, type RealtimeOptions } from "./realtime.ts";
import { Store } from "./state/store.ts";
import type { StoreOptions } from "./state/store-options.ts";
import { type Image, uploadPhoto } from "./upload.ts";

export interface ClientOptions {
  /** Origin of the server, for instance `https://jarvis.example`; a path prefix is kept. */
  baseUrl: string;
  /** A session token, or an ID token of an issuer that the server accepts. */
  token?: string | null;
  fetch?: Fetch;
  /** Needed where the platform has none (Node 20): any implementation with the standard interface. */
  WebSocket?: SocketConstructor;
  random?: Random;
  clock?: Clock;
}

/** Of the fixes of one person: for everybody who may see them (`user`), or for one event alone (`event`). */
type UploadFor = UploaderOptions & ({ user: string } | { event: string });
type SignUp = Arguments<Contract["accounts"]["createUser"]>;
type SignIn = Arguments<Contract["accounts"]["login"]>;

export interface Client extends Api {
  /** Creates an account (or finds that of the same identity) and goes on with its token. */
  signUp(args: SignUp): Promise<SignedIn>;
  /** Signs in and goes on with the new token. */
  signIn(args: SignIn): Promise<SignedIn>;
  /** Where to send a browser to sign in with an issuer; it comes back to `returnTo`, a path inside `/app`. */
  signInUrl(issuer: string, returnTo?: string): string;
  /** Opens a store: state that is kept true over a connection of its own, and an outbox. One for each person at a time. */
  openStore(options?: StoreOptions): Store;
  /** Uploads fixes from any source, one a second, the newest; `uploadFromBrowser` feeds it. */
  locationUploader(options: UploadFor): LocationUploader;
  /** Opens a realtime connection with the present token. It reconnects and resumes by itself. */
  realtime(options?: RealtimeOptions): Connection;
}

/**
 * A client of one server, for one user at a time.
 *
 * `examples/quick-start.ts` uses it from sign-up to the first message.
 */
export function createClient(options: ClientOptions): Client {
  const baseUrl = checkedBase(options.baseUrl);
  let token = options.token ?? null;
  const http: Http = {
    baseUrl,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    token: () => token,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
  const features = bindFeatures(http);

  async function keepToken(signingIn: Promise<SignedIn>): Promise<SignedIn> {
    const signedIn = await signingIn;
    token = signedIn.token ?? null;
    return signedIn;
  }

  function connect(realtime?: RealtimeOptions): Connection {
    const parts = {
      url: `${baseUrl.replace(/^http/i, "ws")}/realtime`,
      WebSocket: options.WebSocket ?? platformSocket(),
      clock: http.clock,
      random: http.random,
      token: () => token,
    };
    return new Connection(parts, realtime);
  }

  const client: Client = {
    ...features,
    get token() {
      return token;
    },
    setToken(next) {
      token = next;
    },
    signUp: (args) => keepToken(features.accounts.createUser(args)),
    signIn: (args) => keepToken(features.accounts.login(args)),
    signInUrl: (issuer, returnTo) =>
      `${baseUrl}/auth/${encodeURIComponent(issuer)}/start${returnTo === undefined ? "" : `?return=${encodeURIComponent(returnTo)}`}`,
    pages,
    realtime: connect,
    locationUploader(uploading) {
      const { clock, random } = http;
      const { location } = features;
      // Ids are whatever the server says they are.
      const [user, event] = [uploading.user as UserId, uploading.event as EventId | undefined];
      return new LocationUploader(
        {
          clock,
          random,
          upload: (fix, signal) =>
            event === undefined
              ? location.uploadLocation({ ...fix, id: user }, { signal })
              : location.uploadEventLocation({ ...fix, id: event }, { signal }),
        },
        uploading,
      );
    },
    openStore(storeOptions) {
      const { clock, random } = http;
      const upload = (chat: string, photo: Image) => uploadPhoto(http, chat, photo);
      return new Store({ client, clock, random, upload, connect }, storeOptions);
    },
  };
  return client;
}

/** By a pattern: React Native's `URL` does not know its own parts. */
function checkedBase(baseUrl: string): string {
  const base = /^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*)?/i.exec(baseUrl)?.[0];
  if (base === undefined) throw new TypeError(`${baseUrl} is no http address`);
  return base.replace(/\/+$/, "");
}

function platformSocket(): SocketConstructor {
  const platform: { WebSocket?: SocketConstructor } = globalThis;
  if (platform.WebSocket) return platform.WebSocket;
  throw new TypeError("This platform has no WebSocket: pass one to createClient({ WebSocket })");
}

/** Walks the contract: `features.friends.listFriends` calls the endpoint of that name. */
function bindFeatures(http: Http): Features {
  const features = Object.entries(contract).map(([feature, endpoints]) => [
    feature,
    bindAll(http, endpoints),
  ]);
  return Object.fromEntries(features) as Features; // the loop has given each endpoint its own method
}

function bindAll(http: Http, endpoints: Record<string, Endpoint>) {
  const callable = Object.entries(endpoints).filter(([, endpoint]) => !endpoint.redirect && !endpoint.events);
  const methods = callable.map(([name, endpoint]) => [
    name,
    (args: Record<string, unknown> = {}, options: CallOptions = {}) =>
      callEndpoint(http, endpoint, args, options),
  ]);
  return Object.fromEntries(methods) as Record<string, unknown>;
}

async function* pages<A extends object, T>(
  list: (args: A, options?: CallOptions) => Promise<Page<T>>,
  args: A,
  options?: CallOptions,
): AsyncGenerator<T, void, void> {
  let page = await list(args, options);
  yield* page.items;
  while (page.nextCursor !== null) {
    page = await list({ ...args, cursor: page.nextCursor }, options);
    yield* page.items;
  }
}
