import { type Property, toText, toUtc } from "../lib/icalendar.ts";
import type { CalendarStatus, Details, Times } from "./rules.ts";

/** How often something was changed, and when: for a calendar that has an older copy. */
export function revisionProperties(sequence: number, changedMs: number, createdMs: number): Property[] {
  const changed = toUtc(changedMs);
  return [
    ["sequence", {}, "integer", sequence],
    ["dtstamp", {}, "date-time", changed],
    ["created", {}, "date-time", toUtc(createdMs)],
    ["last-modified", {}, "date-time", changed],
  ];
}

export function timeProperties({ start_ms, duration_ms, start_date, end_date }: Times): Property[] {
  if (start_date !== null && end_date !== null)
    return [
      ["dtstart", {}, "date", start_date],
      ["dtend", {}, "date", end_date],
    ];
  return [
    ["dtstart", {}, "date-time", toUtc(start_ms)],
    ["dtend", {}, "date-time", toUtc(start_ms + duration_ms)],
  ];
}

/** With a link to the chat, where everything else is to be found. */
export function detailProperties(details: Details, publicUrl: string, chat: string): Property[] {
  const { place_latitude: latitude, place_longitude: longitude } = details;
  const where = [details.place_name, details.place_address].filter((part) => part !== null && part !== "");
  const properties: Property[] = [["summary", {}, "text", toText(details.name)]];
  if (details.description !== "") properties.push(["description", {}, "text", toText(details.description)]);
  if (where.length > 0) properties.push(["location", {}, "text", toText(where.join(", "))]);
  if (latitude !== null && longitude !== null)
    properties.push(["geo", {}, "float", [degrees(latitude), degrees(longitude)]]);
  properties.push(["url", {}, "uri", `${publicUrl}/chat/${chat}`]);
  return properties;
}

/** A decimetre; and it keeps JavaScript from writing an exponent, which iCalendar does not have. */
function degrees(value: number): number {
  return Number(value.toFixed(6)) + 0;
}

/** Only what somebody has accepted keeps their time taken. */
export function statusProperties(status: CalendarStatus): Property[] {
  return [
    ["status", {}, "text", status],
    ["transp", {}, "text", status === "CONFIRMED" ? "OPAQUE" : "TRANSPARENT"],
  ];
}
