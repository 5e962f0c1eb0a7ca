interface Layer {
  names: readonly string[];
  /** Whether its members may import each other (never in a circle). */
  mutual?: boolean;
}

const featureNames = [
  "accounts",
  "friends",
  "events",
  "schedule",
  "polls",
  "calendars",
  "feeds",
  "chat",
  "photos",
  "location",
  "devices",
  "travel",
  "meeting",
  "privacy",
  "notify",
];

/** The server's layers, highest first. A file imports from lower layers and from its own folder. */
export const layers: readonly Layer[] = [
  { names: ["cli.ts"] },
  { names: ["main.ts"] },
  { names: ["server.ts"] },
  { names: ["housekeeping.ts"] },
  { names: ["http", "realtime"], mutual: true },
  { names: featureNames, mutual: true },
  { names: ["call.ts"] },
  { names: ["streams"] },
  { names: ["context.ts"] },
  { names: ["db", "bus"] },
  { names: ["config.ts", "config-photos.ts", "config-values.ts"], mutual: true },
  { names: ["lib"] },
];

export const features: ReadonlySet<string> = new Set(featureNames);

/** What a file of a feature may do follows from its part. */
export type Part = "routes" | "service" | "rules" | "store";

export const featureFiles: Readonly<Record<string, Part>> = {
  "routes.ts": "routes",
  "service.ts": "service",
  "rules.ts": "rules",
  "store.ts": "store",
};

/** Files of features that outgrew the four, named for their topic, and the part each belongs to. */
export const topicFiles: Readonly<Record<string, Readonly<Record<string, Part>>>> = {
  accounts: {
    "access.ts": "service",
    "access-store.ts": "store",
    "browser.ts": "service",
    "credentials.ts": "service",
    "ended.ts": "service",
    "fresh.ts": "service",
    "issuer-sign-in.ts": "service",
    "new-password.ts": "service",
    "passkeys.ts": "service",
    "search-store.ts": "store",
    "sessions.ts": "service",
    "sign-in.ts": "service",
    "sign-in-routes.ts": "routes",
  },
  polls: {
    "access.ts": "service",
    "activation.ts": "service",
    "entries.ts": "service",
    "leaving.ts": "service",
    "opinions.ts": "service",
    "options.ts": "service",
    "reporting.ts": "service",
    "votes-store.ts": "store",
    "voting.ts": "service",
  },
  photos: { "backup.ts": "service", "files.ts": "service", "showing.ts": "service", "sweep.ts": "service" },
  chat: {
    "changing.ts": "service",
    "erasure.ts": "service",
    "erasure-store.ts": "store",
    "mention-rules.ts": "rules",
    "mentions.ts": "service",
    "mentions-store.ts": "store",
    "messages.ts": "service",
    "messages-store.ts": "store",
    "pins.ts": "service",
    "pins-store.ts": "store",
    "reactions.ts": "service",
    "reactions-store.ts": "store",
    "readers.ts": "service",
    "readers-store.ts": "store",
    "receive.ts": "service",
    "search.ts": "service",
    "search-index.ts": "service",
    "search-store.ts": "store",
    "sending.ts": "service",
    "system.ts": "service",
  },
  events: {
    "answered.ts": "service",
    "columns.ts": "service",
    "creating.ts": "service",
    "editing.ts": "service",
    "erasure.ts": "service",
    "erasure-store.ts": "store",
    "expansion.ts": "service",
    "invitations.ts": "service",
    "listing.ts": "service",
    "membership.ts": "service",
    "naming.ts": "service",
    "naming-store.ts": "store",
    "occurrence-rsvp.ts": "service",
    "occurrences.ts": "service",
    "occurrences-store.ts": "store",
    "people.ts": "service",
    "people-store.ts": "store",
    "places.ts": "service",
    "recurrence-rules.ts": "rules",
    "refs.ts": "service",
    "render.ts": "service",
    "retried.ts": "service",
    "rsvp.ts": "service",
    "series.ts": "service",
    "series-applying.ts": "service",
    "series-cancelling.ts": "service",
    "series-converting.ts": "service",
    "series-editing.ts": "service",
    "series-horizon.ts": "service",
    "series-plan.ts": "service",
    "series-store.ts": "store",
    "series-times.ts": "service",
    "telling.ts": "service",
    "times.ts": "service",
  },
  schedule: {
    "availability.ts": "service",
    "availability-store.ts": "store",
    "basis.ts": "service",
    "busy.ts": "service",
    "busy-store.ts": "store",
    "consent.ts": "service",
    "candidate-rules.ts": "rules",
    "free-time.ts": "service",
    "free-time-rules.ts": "rules",
    "hours-rules.ts": "rules",
    "ranking-rules.ts": "rules",
    "span-rules.ts": "rules",
    "suggestion-rules.ts": "rules",
    "tally-rules.ts": "rules",
    "suggestions.ts": "service",
    "suggestions-store.ts": "store",
  },
  calendars: {
    "fetching.ts": "service",
    "google.ts": "service",
    "google-consent.ts": "service",
    "google-grants.ts": "service",
    "google-store.ts": "store",
    "polling.ts": "service",
    "reading.ts": "service",
    "rereading.ts": "service",
    "storing.ts": "service",
  },
  feeds: {
    "freebusy.ts": "service",
    "properties.ts": "service",
    "rendering.ts": "service",
    "revision.ts": "service",
    "secrets.ts": "service",
    "snapshots.ts": "service",
    "snapshots-store.ts": "store",
    "series.ts": "service",
    "series-end.ts": "service",
    "single-event.ts": "service",
    "zones.ts": "service",
  },
  devices: {
    "export.ts": "service",
    "links-rules.ts": "rules",
    "naming.ts": "service",
    "region.ts": "service",
    "reporting.ts": "service",
    "rights.ts": "service",
    "seen.ts": "service",
    "tid-store.ts": "store",
    "tokens.ts": "service",
    "usernames.ts": "service",
    "venue-store.ts": "store",
  },
  privacy: { "export.ts": "service", "export-store.ts": "store" },
  friends: {
    "blocks.ts": "service",
    "erasure.ts": "service",
    "naming.ts": "service",
    "online.ts": "service",
    "online-store.ts": "store",
    "relations.ts": "service",
  },
  travel: {
    "arrival-rules.ts": "rules",
    "coarse-rules.ts": "rules",
    "detour-rules.ts": "rules",
    "detours.ts": "service",
    "entries.ts": "service",
    "journeys.ts": "service",
    "own-journey.ts": "service",
    "progress.ts": "service",
    "routes-asked.ts": "service",
    "steps.ts": "service",
    "telling.ts": "service",
    "watch.ts": "service",
    "estimate-rules.ts": "rules",
    "motion-rules.ts": "rules",
    "pace-rules.ts": "rules",
    "prediction-rules.ts": "rules",
    "prediction-weights.ts": "rules",
    "trend-rules.ts": "rules",
    "way-rules.ts": "rules",
  },
  meeting: {
    "consent.ts": "service",
    "proposal.ts": "service",
    "proposal-rules.ts": "rules",
    "routing.ts": "service",
    "search-rules.ts": "rules",
    "sphere-rules.ts": "rules",
  },
  location: {
    "consent.ts": "service",
    "consent-store.ts": "store",
    "consents.ts": "service",
    "elsewhere.ts": "service",
    "geometry.ts": "rules",
    "live.ts": "service",
    "positions.ts": "service",
    "passes.ts": "service",
    "purge.ts": "service",
    "purge-store.ts": "store",
    "request-store.ts": "store",
    "requests.ts": "service",
    "rows.ts": "service",
    "share-ends.ts": "service",
    "share-rules.ts": "rules",
    "share-store.ts": "store",
    "shared-positions.ts": "service",
    "shares.ts": "service",
    "sharing.ts": "service",
    "travellers.ts": "service",
    "sight.ts": "service",
    "sights.ts": "service",
    "sights-store.ts": "store",
    "trimming.ts": "service",
    "uploads.ts": "service",
    "view-store.ts": "store",
    "views.ts": "service",
    "watching.ts": "service",
  },
};

export const streamFiles = new Set(["service.ts", "store.ts", "retention.ts", "trouble.ts"]);

/** Libraries that only compute, so that rules may use them. */
export const purePackages = new Set(["@turf/distance"]);

/** Where queries are built. Elsewhere `db/` is opened, migrated and asked for a unit of work. */
export const queryBuilders = new Set(["db/prepared.ts", "db/in-list.ts", "db/schema.ts"]);

/** What each package may import besides its own files; absent: anything it declares. */
export const packageImports: Readonly<Record<string, ReadonlySet<string>>> = {
  contract: new Set(["zod"]),
  sdk: new Set(["@jarvis/contract"]),
};

export const packageEntries = new Set([
  "packages/contract/src/index.ts",
  "packages/contract/src/examples.ts",
  "packages/sdk/src/index.ts",
]);

/** Where a file of `packages/server/src` stands. */
export interface Place {
  /** Path below `packages/server/src`. */
  inner: string;
  /** Its folder there, or the file itself when it stands at the top. */
  layer: string;
  rank: number;
  part: Part | undefined;
}

const root = "packages/server/src/";

export function placeOf(path: string): Place | undefined {
  if (!path.startsWith(root)) return undefined;
  const inner = path.slice(root.length);
  const layer = inner.split("/")[0] ?? inner;
  const rank = layers.findIndex(({ names }) => names.includes(layer));
  return { inner, layer, rank, part: partOf(layer, inner) };
}

function partOf(layer: string, inner: string): Part | undefined {
  if (!features.has(layer)) return undefined;
  const file = inner.slice(layer.length + 1);
  return featureFiles[file] ?? topicFiles[layer]?.[file];
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
