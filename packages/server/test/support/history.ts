/** What was observed of one chat: what its writers were told, and what each reader saw, in the order of arrival. */
export interface History {
  /** Every send: acknowledged with a number, or of unknown outcome (`null`). */
  sends: { clientId: string; text: string; seq: number | null }[];
  readers: Record<string, { seq: number; text: string }[]>;
}

export interface Anomalies {
  /** Acknowledged, and absent from a reader. */
  lost: string[];
  /** Seen twice by one reader, or stored twice. */
  duplicate: string[];
  /** A number that a reader never saw, below one that it saw. */
  hole: string[];
  /** Two readers disagree, or one saw a smaller number after a greater. */
  inversion: string[];
  /** Seen, and never sent. */
  phantom: string[];
}

/** What is stored though nobody was told so: allowed, and worth knowing that a fault has happened. */
export function lateOnes({ sends, readers }: History): string[] {
  const seen = new Set(Object.values(readers).flatMap((messages) => messages.map(({ text }) => text)));
  return sends.flatMap(({ seq, text }) => (seq === null && seen.has(text) ? [text] : []));
}

/** Compares a history with what a chat promises, by Jepsen's names. Readers must have read to the end. */
export function checkHistory({ sends, readers }: History): Anomalies {
  const found: Anomalies = { lost: [], duplicate: [], hole: [], inversion: [], phantom: [] };
  const texts = new Set(sends.map(({ text }) => text));
  const agreed = new Map<number, string>();
  for (const [name, seen] of Object.entries(readers)) {
    checkOrder(name, seen, found);
    for (const { seq, text } of seen) {
      if (!texts.has(text)) found.phantom.push(`${name} saw ${seq} "${text}"`);
      const other = agreed.get(seq);
      if (other !== undefined && other !== text) found.inversion.push(`${seq} is "${other}" and "${text}"`);
      agreed.set(seq, text);
    }
    const bySeq = new Map(seen.map(({ seq, text }) => [seq, text]));
    for (const { seq, text } of sends) {
      if (seq !== null && bySeq.get(seq) !== text) found.lost.push(`${name} lacks ${seq} "${text}"`);
    }
  }
  // A few of each tell what is wrong; thousands would bury it.
  for (const kind of Object.values(found)) kind.splice(10);
  return found;
}

function checkOrder(name: string, seen: { seq: number; text: string }[], found: Anomalies): void {
  const numbers = new Set<number>();
  const texts = new Set<string>();
  let last = 0;
  for (const { seq, text } of seen) {
    if (numbers.has(seq) || texts.has(text)) found.duplicate.push(`${name} saw ${seq} "${text}" again`);
    else if (seq < last) found.inversion.push(`${name} saw ${seq} after ${last}`);
    numbers.add(seq);
    texts.add(text);
    last = Math.max(last, seq);
  }
  for (let seq = 1; seq < last; seq++) if (!numbers.has(seq)) found.hole.push(`${name} never saw ${seq}`);
}

export const noAnomalies: Anomalies = { lost: [], duplicate: [], hole: [], inversion: [], phantom: [] };
