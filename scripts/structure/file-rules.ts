import { features, isTest, packageEntries, placeOf, streamFiles } from "./layout.ts";
import { lineAt, type Source } from "./source.ts";

export interface Breach {
  path: string;
  line: number;
  rule: string;
  remedy: string;
}

export type Check = (source: Source) => Breach[];

const maxLines = 400;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const forbiddenWords = new Set(["manager", "helper", "util", "impl", "dto"]);

/** Checks that need nothing but one file. */
export const fileChecks: readonly Check[] = [
  checkName,
  checkPlace,
  checkLength,
  checkDefaultExports,
  checkBarrels,
  checkExportedNames,
  checkClockAndChance,
  checkSockets,
  checkRulesAreSynchronous,
];

function breach(source: Source, offset: number, rule: string, remedy: string): Breach {
  return { path: source.path, line: lineAt(source.text, offset), rule, remedy };
}

function matches(source: Source, pattern: RegExp, rule: string, remedy: string): Breach[] {
  return [...source.code.matchAll(pattern)].map((match) => breach(source, match.index, rule, remedy));
}

function checkName(source: Source): Breach[] {
  const parts = source.path.replace(/\.ts$/, "").split(/[/.]/);
  const breaches: Breach[] = [];
  if (!parts.every((part) => kebab.test(part)))
    breaches.push(breach(source, 0, "kebab-case", "name files and folders in lower case with hyphens"));
  const word = parts.flatMap((part) => part.split("-")).find(isForbiddenWord);
  if (word) breaches.push(breach(source, 0, "forbidden-name", `say what it does instead of "${word}"`));
  return breaches;
}

function isForbiddenWord(word: string): boolean {
  return forbiddenWords.has(word.toLowerCase().replace(/s$/, ""));
}

function checkPlace(source: Source): Breach[] {
  const place = placeOf(source.path);
  if (!place) return [];
  if (place.rank < 0)
    return [breach(source, 0, "layout", "move it into a folder of the layout, or declare its layer")];
  if (isTest(source.path)) return [];
  if (features.has(place.layer) && !place.part)
    return [
      breach(
        source,
        0,
        "feature-file",
        "use routes.ts, service.ts, rules.ts or store.ts, or declare a topic file",
      ),
    ];
  const file = place.inner.slice(place.layer.length + 1);
  if (place.layer === "streams" && !streamFiles.has(file))
    return [breach(source, 0, "feature-file", "streams/ has service.ts and store.ts only")];
  return [];
}

function checkLength(source: Source): Breach[] {
  if (isTest(source.path) || source.path.includes("/migrations/")) return [];
  const lines = source.text.trimEnd().split("\n").length;
  if (lines <= maxLines) return [];
  const remedy = `${lines} lines, at most ${maxLines}: split it by topic`;
  return [{ path: source.path, line: maxLines + 1, rule: "too-long", remedy }];
}

function checkDefaultExports(source: Source): Breach[] {
  return matches(source, /^export\s+default\b|\bas\s+default\b/gm, "default-export", "export it by name");
}

/** A barrel passes everything on (`export *`), or has nothing of its own. */
function checkBarrels(source: Source): Breach[] {
  if (packageEntries.has(source.path)) return [];
  const passedOn = source.imports.filter((statement) => statement.reExport);
  const own = source.code.replace(/^(?:import|export)\b[^;]*?\bfrom\s*"[^"]*";?$/gm, "").trim();
  const barrel = passedOn.length > 0 && (own === "" || /^export\s*\*/m.test(source.code));
  const remedy = "import names from the file that has them; only a package's entry passes all on";
  return barrel ? [{ path: source.path, line: passedOn[0]?.line ?? 1, rule: "barrel", remedy }] : [];
}

function checkExportedNames(source: Source): Breach[] {
  const exported =
    /^export\s+(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|interface|type|enum)\s+([\w$]+)/gm;
  return [...source.code.matchAll(exported)].flatMap((match) => {
    const words = (match[1] ?? "").split(/(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])|_/);
    const word = words.find(isForbiddenWord);
    return word
      ? [breach(source, match.index, "forbidden-name", `say what ${match[1]} does instead of "${word}"`)]
      : [];
  });
}

const clockAndChance =
  /\bDate\.now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\w(]))|\bMath\.random\b|\brandomUUID(?:v7|v5)?\b|\bgetRandomValues\b|\brandomBytes\b|\bperformance\.now\b|\bprocess\.hrtime\b|\bBun\.nanoseconds\b/g;

function checkClockAndChance(source: Source): Breach[] {
  const place = placeOf(source.path);
  if (!place || place.layer === "lib" || isTest(source.path)) return [];
  return matches(source, clockAndChance, "clock-and-chance", "take it from ctx.clock or ctx.random");
}

function checkSockets(source: Source): Breach[] {
  const place = placeOf(source.path);
  if (!place || place.layer === "realtime" || isTest(source.path)) return [];
  return matches(source, /\bServerWebSocket\b/g, "sockets", "only realtime/ knows Bun's sockets");
}

function checkRulesAreSynchronous(source: Source): Breach[] {
  if (placeOf(source.path)?.part !== "rules") return [];
  return matches(
    source,
    /\basync\b|\bawait\b|\bPromise\b/g,
    "pure-rules",
    "load in the service, decide here",
  );
}
