/** One request of a tracker app. Its path and its credential are the caller's affair. */
export interface Sent {
  method: string;
  query: URLSearchParams;
  contentType: string | null;
  userAgent: string | null;
  body: Uint8Array;
}

/** A fix as the rest of the server takes it: metres, m/s, degrees, percent. What is unknown or out of range is absent. */
export interface TrackerPoint {
  latitude: number;
  longitude: number;
  accuracy?: number;
  altitude?: number;
  speed?: number;
  heading?: number;
  battery?: number;
  /** When it was made, unix seconds; absent where the app does not say. */
  at?: number;
}

/** Why something that was sent is no fix. */
export type DropCode =
  | "no_position"
  | "out_of_range"
  | "null_island"
  | "future"
  | "unreadable"
  | "encrypted"
  | "too_many";

/** The phone itself saw that it came into a region which it watches. */
export interface Arrival {
  /** Unix seconds. */
  at: number;
  region: string | null;
  regionId: string | null;
  /** When the region was made, unix seconds: by this Android knows its regions. */
  regionMadeAt: number | null;
}

/** What a request says. */
export interface Read {
  points: TrackerPoint[];
  dropped: { code: DropCode; count: number }[];
  arrival?: Arrival;
}
