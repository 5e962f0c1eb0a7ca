import { readGpsLogger } from "../../src/lib/trackers/gpslogger.ts";
import { readOsmAnd } from "../../src/lib/trackers/osmand.ts";
import { readOverland } from "../../src/lib/trackers/overland.ts";
import { readOwnTracks } from "../../src/lib/trackers/owntracks.ts";

/** In a file of its own once it is built, so that what ran of it can be told from the rest. */
export const readers = [readOwnTracks, readOsmAnd, readOverland, readGpsLogger];
