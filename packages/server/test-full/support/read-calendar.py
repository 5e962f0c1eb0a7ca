"""Reads calendars with python3-icalendar, which shares no code with the server: JSON in, JSON out."""

import json
import sys
from datetime import datetime, timezone

import icalendar
import recurring_ical_events


def instants(zone, locals_):
    tz = icalendar.Calendar.from_ical(zone).walk("VTIMEZONE")[0].to_tz()
    found = []
    for local in locals_:
        moment = tz.localize(datetime.fromisoformat(local), is_dst=False)
        found.append(int(moment.astimezone(timezone.utc).timestamp()))
    return found


def components(text):
    calendar = icalendar.Calendar.from_ical(text)
    rows = []
    for part in calendar.walk():
        rows.append({"name": part.name, "properties": [key for key, _ in part.property_items(recursive=False)]})
    return rows


def texts(text, name):
    calendar = icalendar.Calendar.from_ical(text)
    return [str(event[name]) for event in calendar.walk("VEVENT") if name in event]


def moment(value):
    if isinstance(value, datetime):
        return int(value.astimezone(timezone.utc).timestamp())
    return value.isoformat()


def occurrences(text, start, end):
    calendar = icalendar.Calendar.from_ical(text)
    begin, finish = (datetime.fromtimestamp(at, timezone.utc) for at in (start, end))
    found = recurring_ical_events.of(calendar).between(begin, finish)
    rows = [[str(event["UID"]), moment(event["DTSTART"].dt), str(event["SUMMARY"]), str(event["STATUS"])] for event in found]
    return sorted(rows, key=str)


asked = json.load(sys.stdin)
answers = {"instants": instants, "components": components, "texts": texts, "occurrences": occurrences}
json.dump(answers[asked["what"]](*asked["with"]), sys.stdout)
