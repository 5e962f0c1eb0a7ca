import { distanceM } from "../../src/location/geometry.ts";

export type Fault = "slow" | "status 500" | "garbage" | "huge" | "closed" | "NaN" | "no table";

/** A router on loopback that speaks as the public documentation of OSRM's `table` and Valhalla's matrix says. */
export interface RouterStandIn extends AsyncDisposable {
  readonly address: string;
  /** Paths, and the bodies of what was posted. */
  readonly asked: string[];
  fault: Fault | null;
}

/** As fast as every way is here. */
export const routedMps = 5;

export function startRouter(kind: "osrm" | "valhalla"): RouterStandIn {
  const asked: string[] = [];
  const state: { fault: Fault | null } = { fault: null };
  const held = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      const body = await request.text();
      asked.push(url.pathname + url.search + body);
      if (state.fault === "slow") await held.promise;
      const fault = faultOf(state.fault);
      if (fault !== null) return fault;
      return kind === "osrm" ? table(url, state.fault) : matrix(url, body);
    },
  });
  return {
    address: `http://127.0.0.1:${server.port}`,
    asked,
    get fault() {
      return state.fault;
    },
    set fault(fault: Fault | null) {
      state.fault = fault;
      if (fault === "closed") void server.stop(true);
    },
    async [Symbol.asyncDispose]() {
      held.resolve();
      await server.stop(true);
    },
  };
}

function faultOf(fault: Fault | null): Response | null {
  if (fault === "status 500") return new Response("oh", { status: 500 });
  if (fault === "garbage") return new Response("<html>{{{");
  if (fault === "huge") return Response.json({ code: "Ok", durations: "x".repeat(1_000_000) });
  if (fault === "NaN") return new Response('{"code":"Ok","durations":[[1e999]]}');
  return null;
}

interface At {
  latitude: number;
  longitude: number;
}

function table(url: URL, fault: Fault | null): Response {
  const [, profile, list = ""] = /^\/table\/v1\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
  if (profile === undefined) return Response.json({ code: "InvalidUrl" }, { status: 400 });
  if (fault === "no table") return Response.json({ code: "NoTable" }, { status: 400 });
  const points = list.split(";").map((text): At => {
    const [longitude = Number.NaN, latitude = Number.NaN] = text.split(",").map(Number);
    return { latitude, longitude };
  });
  const chosen = (name: string) =>
    (url.searchParams.get(name) ?? "").split(";").map((i) => points[Number(i)]);
  const [sources, destinations] = [chosen("sources"), chosen("destinations")];
  if ([...sources, ...destinations].includes(undefined))
    return Response.json({ code: "InvalidQuery" }, { status: 400 });
  const durations = sources.map((from) => destinations.map((to) => secondsBetween(from, to)));
  return Response.json({ code: "Ok", durations });
}

function matrix(url: URL, body: string): Response {
  if (url.pathname !== "/sources_to_targets") return new Response(null, { status: 404 });
  const { sources, targets, costing } = JSON.parse(body) as {
    sources: { lat: number; lon: number }[];
    targets: { lat: number; lon: number }[];
    costing: string;
  };
  if (!["pedestrian", "bicycle", "auto"].includes(costing)) return new Response(null, { status: 400 });
  const at = ({ lat, lon }: { lat: number; lon: number }) => ({ latitude: lat, longitude: lon });
  return Response.json({
    sources_to_targets: sources.map((from, i) =>
      targets.map((to, j) => ({
        from_index: i,
        to_index: j,
        time: secondsBetween(at(from), at(to)),
        distance: 1,
      })),
    ),
    units: "kilometers",
  });
}

/** South of the equator there are no roads. */
function secondsBetween(from: At | undefined, to: At | undefined): number | null {
  if (from === undefined || to === undefined || from.latitude < 0) return null;
  return distanceM(from, to) / routedMps;
}
