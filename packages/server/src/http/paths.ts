/** A parameter of a path, and what stands fixed behind it, as in `{secret}.ics`. */
const parameter = /\{(\w+)\}(\.\w+)?/g;

/** A path of the contract as Hono writes it. */
export function toRoute(path: string): string {
  return path.replaceAll(parameter, (_, name: string, ending?: string) =>
    ending === undefined ? `:${name}` : `:${name}{[^/]+\\${ending}}`,
  );
}

/** Hono's way back to the contract's. */
export function toPattern(route: string): string {
  return route.replaceAll(
    /:(\w+)(?:\{[^}]*\\(\.\w+)\})?/g,
    (_, name: string, ending = "") => `{${name}}${ending}`,
  );
}

/** What Hono found in an address, without the fixed endings. */
export function pathParams(path: string, found: Record<string, string>): Record<string, string> {
  const params = { ...found };
  for (const [, name = "", ending = ""] of path.matchAll(parameter)) {
    const value = params[name];
    if (ending !== "" && value?.endsWith(ending)) params[name] = value.slice(0, -ending.length);
  }
  return params;
}
