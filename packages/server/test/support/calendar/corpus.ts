/** Calendars, one for each feature and zone, with everything near a day on which the zone's clocks change. */
export interface Sample {
  feature: string;
  timeZone: string;
  /** The day that everything is near to. */
  day: string;
  text: string;
  /** Seconds since 1970. */
  from: number;
  to: number;
}

interface Place {
  timeZone: string;
  /** A day, so many days after the clocks change: `20260329`. */
  day: (offset: number) => string;
  /** A wall time of such a day as it is in UTC: `20260329T010000Z`. */
  utc: (offset: number, hour: number) => string;
}

type Feature = (place: Place) => string[];

/** Days on which clocks change, or did; Kathmandu's never do. */
export const changes: readonly (readonly [timeZone: string, day: string])[] = [
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Pacific/Chatham", "2026-04-05"],
  ["Pacific/Chatham", "2026-09-27"],
  ["Europe/London", "2026-03-29"],
  ["Europe/London", "2026-10-25"],
  ["America/Vancouver", "2025-03-09"],
  ["America/Vancouver", "2025-11-02"],
  ["Asia/Kathmandu", "2026-03-29"],
  ["Pacific/Apia", "2011-12-30"],
  ["Pacific/Apia", "2012-04-01"],
  ["America/Sao_Paulo", "2018-11-04"],
  ["America/Sao_Paulo", "2018-02-18"],
  ["Africa/Casablanca", "2025-02-23"],
  ["Africa/Casablanca", "2025-04-06"],
];

const event = (...lines: string[]) => [
  "BEGIN:VEVENT",
  "UID:one@example.org",
  "SUMMARY:Not to be kept",
  ...lines,
  "END:VEVENT",
];
const at = ({ timeZone, day }: Place, offset: number, time: string) =>
  `;TZID=${timeZone}:${day(offset)}T${time}`;
/** From 18:00 to 19:10 on the day. */
const evening = (place: Place, offset: number) => [
  `DTSTART${at(place, offset, "180000")}`,
  `DTEND${at(place, offset, "191000")}`,
];

export const features: Readonly<Record<string, Feature>> = {
  "weekly evening": (p) => event(...evening(p, -14), "RRULE:FREQ=WEEKLY;COUNT=6"),
  "daily in the gap": (p) =>
    event(`DTSTART${at(p, -3, "023000")}`, `DTEND${at(p, -3, "024500")}`, "RRULE:FREQ=DAILY;COUNT=6"),
  "daily in the repeated hour": (p) =>
    event(`DTSTART${at(p, -3, "013000")}`, `DTEND${at(p, -3, "015000")}`, "RRULE:FREQ=DAILY;COUNT=6"),
  "daily at midnight": (p) =>
    event(`DTSTART${at(p, -3, "000000")}`, "DURATION:PT45M", "RRULE:FREQ=DAILY;COUNT=6"),
  "three days a week": (p) =>
    event(...evening(p, -9), "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR,SU;WKST=SU;COUNT=12"),
  "monthly last sunday": (p) => event(...evening(p, -60), "RRULE:FREQ=MONTHLY;BYDAY=-1SU"),
  "monthly set position": (p) =>
    event(...evening(p, -60), "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,2"),
  "monthly on the 31st": (p) =>
    event(`DTSTART;TZID=${p.timeZone}:20100131T180000`, "DURATION:PT1H", "RRULE:FREQ=MONTHLY"),
  "yearly on february 29": (p) =>
    event(`DTSTART;TZID=${p.timeZone}:20080229T180000`, "DURATION:PT1H", "RRULE:FREQ=YEARLY"),
  "hourly a while": (p) =>
    event(`DTSTART${at(p, -1, "200000")}`, "DURATION:PT10M", "RRULE:FREQ=HOURLY;INTERVAL=3;COUNT=16"),
  "until in utc": (p) => event(...evening(p, -5), `RRULE:FREQ=DAILY;UNTIL=${p.utc(3, 18)}`),
  "until in utc a little early": (p) => event(...evening(p, -5), `RRULE:FREQ=DAILY;UNTIL=${p.utc(3, 17)}`),
  "until as local time": (p) => event(...evening(p, -5), `RRULE:FREQ=DAILY;UNTIL=${p.day(3)}T180000`),
  "until as date": (p) => event(...evening(p, -5), `RRULE:FREQ=DAILY;UNTIL=${p.day(3)}`),
  "extra dates": (p) =>
    event(...evening(p, -5), `RDATE${at(p, 0, "090000")},${p.day(1)}T093000`, `RDATE:${p.utc(2, 12)}`),
  "extra periods": (p) =>
    event(...evening(p, -5), `RDATE;VALUE=PERIOD:${p.utc(0, 9)}/PT20M,${p.utc(2, 9)}/${p.utc(2, 11)}`),
  exceptions: (p) =>
    event(
      ...evening(p, -5),
      "RRULE:FREQ=DAILY;COUNT=12",
      `EXDATE${at(p, -1, "180000")},${p.day(1)}T180000`,
      `EXDATE${at(p, 3, "180000")}`,
    ),
  "exceptions in utc": (p) =>
    event(...evening(p, -5), "RRULE:FREQ=DAILY;COUNT=12", `EXDATE:${p.utc(-1, 18)},${p.utc(2, 18)}`),
  "exceptions as dates": (p) =>
    event(...evening(p, -5), "RRULE:FREQ=DAILY;COUNT=12", `EXDATE;VALUE=DATE:${p.day(-1)}`),
  "exception rule": (p) =>
    event(...evening(p, -5), "RRULE:FREQ=DAILY;COUNT=12", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"),
  "moved, cancelled and free instances": (p) => [
    ...event(...evening(p, -5), "RRULE:FREQ=DAILY;COUNT=12"),
    ...event(
      `RECURRENCE-ID${at(p, -2, "180000")}`,
      `DTSTART${at(p, -2, "120000")}`,
      `DTEND${at(p, -2, "130000")}`,
    ),
    ...event(`RECURRENCE-ID:${p.utc(1, 18)}`, ...evening(p, 1), "STATUS:CANCELLED"),
    ...event(`RECURRENCE-ID${at(p, 2, "180000")}`, ...evening(p, 2), "TRANSP:TRANSPARENT"),
  ],
  "this and future": (p) => [
    ...event(...evening(p, -5), "RRULE:FREQ=DAILY;COUNT=12"),
    ...event(
      `RECURRENCE-ID;RANGE=THISANDFUTURE${at(p, 2, "180000")}`,
      `DTSTART${at(p, 2, "200000")}`,
      `DTEND${at(p, 2, "203000")}`,
    ),
  ],
  "a day's duration": (p) => event(`DTSTART${at(p, -1, "180000")}`, "DURATION:P1D"),
  "24 hours' duration": (p) => event(`DTSTART${at(p, -1, "180000")}`, "DURATION:PT24H"),
  "over the change every day": (p) =>
    event(`DTSTART${at(p, -3, "230000")}`, `DTEND${at(p, -2, "060000")}`, "RRULE:FREQ=DAILY;COUNT=5"),
  "no end": (p) => event(`DTSTART${at(p, 0, "120000")}`),
  "no end of a day": (p) => event(`DTSTART;VALUE=DATE:${p.day(0)}`),
  "all-day": (p) => event(`DTSTART;VALUE=DATE:${p.day(0)}`, `DTEND;VALUE=DATE:${p.day(1)}`),
  "several days": (p) => event(`DTSTART;VALUE=DATE:${p.day(-2)}`, `DTEND;VALUE=DATE:${p.day(2)}`),
  "every second day, whole days": (p) =>
    event(
      `DTSTART;VALUE=DATE:${p.day(-4)}`,
      "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=6",
      `EXDATE;VALUE=DATE:${p.day(2)}`,
    ),
  "whole days until": (p) => event(`DTSTART;VALUE=DATE:${p.day(-4)}`, `RRULE:FREQ=DAILY;UNTIL=${p.day(2)}`),
  floating: (p) =>
    event(`DTSTART:${p.day(-2)}T180000`, `DTEND:${p.day(-2)}T190000`, "RRULE:FREQ=DAILY;COUNT=5"),
  "in utc": (p) => event(`DTSTART:${p.utc(-2, 18)}`, "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=5"),
  transparent: (p) => event(...evening(p, 0), "TRANSP:TRANSPARENT"),
  cancelled: (p) => event(...evening(p, 0), "STATUS:CANCELLED"),
  tentative: (p) => event(...evening(p, 0), "STATUS:TENTATIVE", "TRANSP:OPAQUE"),
  "ends in another zone": (p) => event(`DTSTART${at(p, 0, "180000")}`, `DTEND:${p.utc(1, 4)}`),
  "an alarm inside": (p) =>
    event(
      ...evening(p, 0),
      "BEGIN:VALARM",
      "TRIGGER:-PT15M",
      "DURATION:PT5M",
      "REPEAT:2",
      "ACTION:DISPLAY",
      "DESCRIPTION:x",
      "END:VALARM",
    ),
};

const header = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//corpus//EN"];

export function wrapped(lines: readonly string[]): string {
  return [...header, ...lines, "END:VCALENDAR", ""].join("\r\n");
}

export function samples(): Sample[] {
  return changes.flatMap(([timeZone, date]) => {
    const place = placeOf(timeZone, Temporal.PlainDate.from(date));
    const epoch = Math.floor(Temporal.PlainDate.from(date).toZonedDateTime("UTC").epochMilliseconds / 1000);
    const range = { from: epoch - 20 * 86_400, to: epoch + 120 * 86_400 };
    return Object.entries(features).map(([feature, lines]) => ({
      feature,
      timeZone,
      day: date,
      text: wrapped(lines(place)),
      from: range.from,
      to: range.to,
    }));
  });
}

function placeOf(timeZone: string, change: Temporal.PlainDate): Place {
  const compact = (text: string) => text.replaceAll(/[-:]/g, "");
  return {
    timeZone,
    day: (offset) => compact(change.add({ days: offset }).toString()),
    utc(offset, hour) {
      const local = change.add({ days: offset }).toPlainDateTime({ hour });
      return compact(local.toZonedDateTime(timeZone).toInstant().toString({ smallestUnit: "second" }));
    },
  };
}
