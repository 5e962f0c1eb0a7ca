/**
 * Whether an `Accept` header asks for a page rather than for data: it names `text/html`, and gives JSON no more
 * weight (RFC 9110, section 12.5.1). A wildcard alone, as most programs send it, asks for data.
 */
export function prefersHtml(accept: string | null): boolean {
  if (accept === null) return false;
  const weights = weightsOf(accept);
  const html = weights.get("text/html") ?? 0;
  return html > 0 && html >= (weights.get("application/json") ?? 0);
}

function weightsOf(accept: string): Map<string, number> {
  const entries = accept.split(",").map((part): [string, number] => {
    const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return [type, weight === undefined ? 1 : Number(weight) || 0];
  });
  return new Map(entries);
}
