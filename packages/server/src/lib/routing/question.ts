export interface RoutePoint {
  latitude: number;
  longitude: number;
}

export type RouteMode = "walk" | "cycle" | "ride";

/** How a router is asked: from many to one, and what its answer means. */
export interface Question {
  url: string;
  body: string | null;
  /** One for each source, null where there is no way. Throws for an answer that is none. */
  read(answer: unknown): (number | null)[];
}

/** Which router, as the setting names it. */
export interface RoutingTarget {
  kind: "osrm" | "valhalla";
  /** Without a slash at its end. */
  base: string;
  profiles: Readonly<Record<RouteMode, string>>;
}
