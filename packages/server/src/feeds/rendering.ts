import { type Component, type Property, toText, toUtc } from "../lib/icalendar.ts";
import { calendarStatus, changedMs, type Entry, sequenceOf, uidOf } from "./rules.ts";

/** An event as a calendar shows it to somebody who takes part in it. */
export function eventComponent(entry: Entry, publicUrl: string): Component {
  const properties: Property[] = [
    ["uid", {}, "text", uidOf(entry.id)],
    ...revision(entry),
    ["dtstart", {}, "date-time", toUtc(entry.start_ms)],
    ["dtend", {}, "date-time", toUtc(entry.start_ms + entry.duration_ms)],
    ...details(entry),
    ["url", {}, "uri", `${publicUrl}/chat/${entry.id}`],
    ...standing(entry),
  ];
  return ["vevent", properties, []];
}

function revision(entry: Entry): Property[] {
  const changed = toUtc(changedMs(entry));
  return [
    ["sequence", {}, "integer", sequenceOf(entry)],
    ["dtstamp", {}, "date-time", changed],
    ["created", {}, "date-time", toUtc(entry.created_ms)],
    ["last-modified", {}, "date-time", changed],
  ];
}

function details(entry: Entry): Property[] {
  const { place_latitude: latitude, place_longitude: longitude } = entry;
  const where = [entry.place_name, entry.place_address].filter((part) => part !== null && part !== "");
  const properties: Property[] = [["summary", {}, "text", toText(entry.name)]];
  if (entry.description !== "") properties.push(["description", {}, "text", toText(entry.description)]);
  if (where.length > 0) properties.push(["location", {}, "text", toText(where.join(", "))]);
  if (latitude !== null && longitude !== null)
    properties.push(["geo", {}, "float", [degrees(latitude), degrees(longitude)]]);
  return properties;
}

/** A decimetre; and it keeps JavaScript from writing an exponent, which iCalendar does not have. */
function degrees(value: number): number {
  return Number(value.toFixed(6)) + 0;
}

/** Only what somebody has accepted keeps their time taken. */
function standing(entry: Entry): Property[] {
  const status = calendarStatus(entry);
  return [
    ["status", {}, "text", status],
    ["transp", {}, "text", status === "CONFIRMED" ? "OPAQUE" : "TRANSPARENT"],
  ];
}
