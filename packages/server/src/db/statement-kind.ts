const reads = /^\s*(?:select|values|show|explain\s+select|\(\s*select)\b/i;
const readsWith = /^\s*with\b(?!.*\b(?:insert|update|delete|merge)\b)/is;
const known = new Map<string, boolean>();
const maxKnown = 2_048;

/** Whether a statement changes nothing, by its words: texts are few and fixed, so each is looked at once. */
export function isRead(text: string): boolean {
  let answer = known.get(text);
  if (answer !== undefined) return answer;
  answer = reads.test(text) || readsWith.test(text);
  if (known.size < maxKnown) known.set(text, answer);
  return answer;
}

const transactionControl = /^\s*(begin|commit|end|rollback|savepoint|release)\b/i;

export function controlsTransaction(text: string): boolean {
  return transactionControl.test(text);
}
