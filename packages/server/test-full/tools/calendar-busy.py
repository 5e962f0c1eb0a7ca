"""Busy times of calendars, by Debian's python3-recurring-ical-events: [{text, timeZone, from, to}] in, [[[start, end]]] out."""

import datetime
import json
import sys
import zoneinfo

import icalendar
import recurring_ical_events

DAY = datetime.timedelta(days=1)


def epoch(value, zone):
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return int(value.timestamp())


def busy(sample):
    zone = zoneinfo.ZoneInfo(sample["timeZone"])
    begin = datetime.datetime.fromtimestamp(sample["from"], datetime.timezone.utc)
    end = datetime.datetime.fromtimestamp(sample["to"], datetime.timezone.utc)
    calendar = icalendar.Calendar.from_ical(sample["text"])
    found = []
    for event in recurring_ical_events.of(calendar).between(begin - DAY, end + DAY):
        if str(event.get("TRANSP", "")) == "TRANSPARENT" or str(event.get("STATUS", "")) == "CANCELLED":
            continue
        first = event["DTSTART"].dt
        last = event["DTEND"].dt if "DTEND" in event else first
        if last == first and not isinstance(first, datetime.datetime):
            last = first + DAY  # it leaves the day of a date without an end to its user (RFC 5545, 3.6.1)
        found.append([epoch(first, zone), epoch(last, zone)])
    return found


def attempt(sample):
    try:
        return busy(sample)
    except Exception as error:
        return repr(error)


print(json.dumps([attempt(sample) for sample in json.load(sys.stdin)]))
