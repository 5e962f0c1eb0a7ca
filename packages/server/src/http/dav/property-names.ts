import { AppError } from "../../lib/app-error.ts";
import type { Name } from "./names.ts";
import type { Element } from "./xml-read.ts";

/** Several times what any client asks for; each is answered for each object. */
const maxNames = 100;

/** Each name once, however often it is asked for. */
export function propertyNames(prop: Element): Name[] {
  const names = [...new Set(prop.children.map(({ name }) => name))];
  if (names.length > maxNames)
    throw new AppError("invalid_input", { detail: `At most ${maxNames} properties may be asked for` });
  return names;
}
