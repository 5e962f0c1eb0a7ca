/**
 * JSON of an object whose lists are long, as `JSON.stringify` writes it: one item after another, so that `pace` may let
 * others have their turn between them.
 */
export async function largeJson(value: object, pace: () => Promise<void>): Promise<string> {
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    const json = Array.isArray(field) ? await listJson(field, pace) : JSON.stringify(field);
    if (json !== undefined) fields.push(`${JSON.stringify(key)}:${json}`);
  }
  return `{${fields.join(",")}}`;
}

async function listJson(items: readonly unknown[], pace: () => Promise<void>): Promise<string> {
  const written: string[] = [];
  for (const item of items) {
    await pace();
    written.push(JSON.stringify(item) ?? "null");
  }
  return `[${written.join(",")}]`;
}
