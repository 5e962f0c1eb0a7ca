"""A client of python3-caldav, which shares no code with the server: a command a line as JSON in, an answer a line out."""

import json
import sys
from datetime import datetime

import caldav
from caldav.lib import error


def moment(text):
    return datetime.fromisoformat(text)


def names(objects):
    found = []
    for one in objects:
        event = one.icalendar_instance.walk("VEVENT")[0]
        found.append([str(event["SUMMARY"]), str(event["STATUS"])])
    return sorted(found)


class Client:
    def __init__(self, url, secret):
        client = caldav.DAVClient(url=url, username="anybody", password=secret)
        self.principal = client.principal()
        (self.calendar,) = self.principal.calendars()
        self.known = None

    def about(self):
        return {
            "url": str(self.calendar.url),
            "name": self.calendar.get_display_name(),
            "components": self.calendar.get_supported_components(),
        }

    def events(self):
        return names(self.calendar.events())

    def within(self, start, end, expand=False):
        return names(self.calendar.date_search(moment(start), moment(end), expand=expand))

    def uid(self, uid):
        try:
            return names([self.calendar.event_by_uid(uid)])
        except error.NotFoundError:
            return None

    def sync(self):
        """Answers what was changed and what was deleted."""
        if self.known is None:
            self.known = self.calendar.objects(load_objects=True)
            return {"all": names(self.known)}
        updated, deleted = self.known.sync()
        return {"updated": names(updated), "deleted": [str(one.url).rsplit("/", 1)[1] for one in deleted], "all": names(self.known)}

    def busy(self, start, end):
        found = self.calendar.freebusy_request(moment(start), moment(end))
        text = found.data if isinstance(found.data, str) else found.data.decode()
        return [line.strip() for line in text.splitlines() if line.startswith("FREEBUSY")]

    def change(self):
        """Everything that would change something; answers what each was refused with."""
        data = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:new\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:20300101T000000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        tries = {
            "save": lambda: self.calendar.save_event(data),
            "delete": lambda: self.calendar.events()[0].delete(),
            "make": lambda: self.principal.make_calendar(name="x"),
        }
        refused = {}
        for name, attempt in tries.items():
            try:
                attempt()
                refused[name] = None
            except error.DAVError as problem:
                refused[name] = type(problem).__name__
        return refused


client = Client(sys.argv[1], sys.stdin.readline().strip())
for line in sys.stdin:
    command, *arguments = json.loads(line)
    print(json.dumps(getattr(client, command)(*arguments)), flush=True)
