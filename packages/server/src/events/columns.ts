import type { EventPatch, PlaceInput } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";
import type { EventChange, EventRow } from "./store.ts";
import { changedTimes, type Fault, isFault, type TimeColumns } from "./times.ts";

export function placeColumns(place: PlaceInput | null) {
  return {
    place_name: place === null ? null : (place.name ?? ""),
    place_address: place === null ? null : (place.address ?? ""),
    place_latitude: place?.latitude ?? null,
    place_longitude: place?.longitude ?? null,
  };
}

export function requireTimes(times: TimeColumns | Fault): TimeColumns {
  if (!isFault(times)) return times;
  throw new AppError("invalid_input", { detail: `${times.path} ${times.message}`, errors: [times] });
}

/** What a change asks for beside the time. */
export function plainColumns(patch: EventPatch) {
  return {
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.description === undefined ? {} : { description: patch.description }),
    ...(patch.time_zone === undefined ? {} : { time_zone: patch.time_zone }),
    ...(patch.capacity === undefined ? {} : { capacity: patch.capacity }),
    ...(patch.place === undefined ? {} : placeColumns(patch.place)),
  };
}

export function columnsOf(row: EventRow, patch: EventPatch): EventChange {
  const timeZone = patch.time_zone ?? row.time_zone;
  return { ...plainColumns(patch), ...requireTimes(changedTimes(row, patch, timeZone)) };
}
