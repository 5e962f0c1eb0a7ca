export { readGpsLogger } from "../../src/lib/trackers/gpslogger.ts";
export { readOsmAnd } from "../../src/lib/trackers/osmand.ts";
export { readOverland } from "../../src/lib/trackers/overland.ts";
export { readOwnTracks } from "../../src/lib/trackers/owntracks.ts";
