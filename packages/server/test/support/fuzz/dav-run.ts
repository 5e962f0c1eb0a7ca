import { C, D, davRequest, type Subscriber } from "../dav.ts";
import { multigetBody, syncBody } from "../dav-copy.ts";
import { queryBody } from "../dav.ts";

const event = '<c:comp-filter name="VEVENT">';

/** What clients send, which is then changed. */
function bodies({ calendar }: Subscriber): string[] {
  return [
    `<?xml version="1.0" encoding="utf-8"?><A:propfind xmlns:A="${D}"><A:prop><A:getetag/><B:x xmlns:B="urn:b"/></A:prop></A:propfind>`,
    `<propfind xmlns="${D}"><allprop/><include><displayname/></include></propfind>`,
    `<propfind xmlns="${D}"><propname/></propfind>`,
    queryBody(`${event}<c:time-range start="20300601T000000Z" end="20300701T000000Z"/></c:comp-filter>`),
    queryBody(
      `${event}<c:prop-filter name="SUMMARY"><c:text-match collation="i;octet" negate-condition="no">a</c:text-match></c:prop-filter></c:comp-filter>`,
      '<c:calendar-data><c:expand start="20300601T000000Z" end="20300701T000000Z"/></c:calendar-data>',
    ),
    queryBody(
      event + "</c:comp-filter>",
      '<c:calendar-data><c:comp name="VCALENDAR"><c:allprop/></c:comp></c:calendar-data>',
    ),
    multigetBody([`${calendar}a.ics`, `http://localhost${calendar}b.ics`, "%", "../"]),
    syncBody(""),
    syncBody("urn:jarvis:sync:AAAA", 3),
    `<c:free-busy-query xmlns:c="${C}"><c:time-range start="20300601T000000Z" end="20300701T000000Z"/></c:free-busy-query>`,
  ];
}

const markup =
  '< > / & " \' = &amp; &#0; &#x41; &x; ]]> <![CDATA[ <!-- --> <? ?> xmlns: xmlns="" xmlns="DAV:"'.split(" ");
const values = "-1 0 1 999999999999 infinity 20300601T000000Z 00000000T000000Z 99999999T999999Z name".split(
  " ",
);
const pieces = [
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  '<!ENTITY x SYSTEM "file:///etc/passwd">',
  "\u0000",
  "\uFFFF",
  "\uD83D",
  "\r\n",
  "é",
  "a".repeat(300),
  " ".repeat(300),
  "<a>".repeat(40),
  "</a>",
].concat(markup, values);

/** A few changes at places that chance picks. */
function mutated(text: string, pick: (below: number) => number): string {
  let result = text;
  for (let changes = 1 + pick(4); changes > 0; changes--) {
    const at = pick(result.length + 1);
    const to = at + pick(pick(2) === 0 ? 3 : 60);
    const piece = pieces[pick(pieces.length)] ?? "";
    const copied = result.slice(pick(result.length + 1)).slice(0, pick(80));
    const inserted = [piece, copied, ""][pick(3)] ?? "";
    result = result.slice(0, at) + inserted + result.slice(pick(3) === 0 ? at : to);
  }
  return result;
}

/** Long where a reader may take long. */
function largeBodies(): string[] {
  const many = (one: string, more = "") => one.repeat(Math.floor(60_000 / (one.length + more.length))) + more;
  const numbered = (count: number, one: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => one(i)).join("");
  return [
    `<propfind xmlns="${D}"><prop>${many("<a/>")}</prop></propfind>`,
    `<propfind xmlns="${D}"><prop>${numbered(5_000, (i) => `<a${i}/>`)}</prop></propfind>`,
    `<propfind xmlns="${D}" ${numbered(2_500, (i) => `xmlns:a${i}="urn:${i}" `)}><prop/></propfind>`,
    `<propfind xmlns="${D}" ${numbered(4_000, (i) => `a${i}="${i}" `)}><prop/></propfind>`,
    `<propfind xmlns="${D}">${many("&amp;")}<prop/></propfind>`,
    `<propfind xmlns="${D}"><!--${many("- ")}--><prop/></propfind>`,
    `<propfind xmlns="${D}"><![CDATA[${many("]] ")}]]><prop/></propfind>`,
    `<propfind xmlns="${D}"><${"a".repeat(60_000)}/></propfind>`,
    many("<a>"),
    many("<"),
    many("&"),
    `<!DOCTYPE a [${many('<!ENTITY x "y">')}]><a/>`,
    queryBody(`${event}${many('<c:prop-filter name="SUMMARY"/>')}</c:comp-filter>`),
    queryBody(
      `${event}<c:prop-filter name="SUMMARY"><c:text-match>${many("a")}</c:text-match></c:prop-filter></c:comp-filter>`,
    ),
    queryBody(many(`${event}<c:time-range start="20300601T000000Z"/></c:comp-filter>`)),
    multigetBody(Array.from({ length: 1_000 }, (_, i) => `/dav/x/events/${i}.ics`)),
    multigetBody(Array.from({ length: 1_001 }, (_, i) => `/dav/x/events/${i}.ics`)),
    syncBody("a".repeat(60_000)),
    " ".repeat(300_000),
  ];
}

interface DavReport {
  readonly faults: string[];
  readonly statuses: Map<number, number>;
  slowestMs: number;
}

const methods = ["PROPFIND", "REPORT", "REPORT", "REPORT"];
const depths = ["0", "1", "1", "1", "infinity", "x", ""];
const slowMs = 50;

export async function fuzzDav(
  origin: string,
  phone: Subscriber,
  runs: number,
  fraction: () => number,
): Promise<DavReport> {
  const report: DavReport = { faults: [], statuses: new Map(), slowestMs: 0 };
  const pick = (below: number) => Math.floor(fraction() * below);
  const valid = bodies(phone);
  const paths = [phone.calendar, phone.calendar, phone.principal, "/dav/", `${phone.calendar}x.ics`];
  for (let run = 0; run < runs; run++) {
    const body = mutated(valid[pick(valid.length)] ?? "", pick);
    const method = methods[pick(methods.length)] ?? "";
    await probe(
      origin,
      phone,
      { method, path: paths[pick(paths.length)] ?? "", depth: depths[pick(depths.length)] ?? "", body },
      report,
    );
  }
  for (const body of largeBodies())
    for (const method of ["PROPFIND", "REPORT"])
      await probe(origin, phone, { method, path: phone.calendar, depth: "1", body }, report);
  return report;
}

interface Probe {
  readonly method: string;
  readonly path: string;
  readonly depth: string;
  readonly body: string;
}

async function probe(
  origin: string,
  { authorization }: Subscriber,
  sent: Probe,
  report: DavReport,
): Promise<void> {
  const { method, path, depth, body } = sent;
  const ask = async () => {
    // What it costs, and not how long it takes: the machine may have other things to do.
    const before = process.cpuUsage();
    const { status } = await davRequest(origin, method, path, { authorization, depth, body });
    const { user, system } = process.cpuUsage(before);
    return { status, ms: (user + system) / 1_000 };
  };
  const { status, ms: firstMs } = await ask();
  let ms = firstMs;
  // So may this process: garbage is collected, code is compiled.
  for (let again = 0; again < 3 && ms > slowMs; again++) ms = Math.min(ms, (await ask()).ms);
  report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
  report.slowestMs = Math.max(report.slowestMs, ms);
  const fits = status === 207 || status === 200 || (status >= 400 && status < 500);
  if (!fits || ms > slowMs)
    report.faults.push(`${status} in ${ms} ms: ${JSON.stringify(sent).slice(0, 2_000)}`);
}
