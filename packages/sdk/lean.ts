import type { BunPlugin } from "bun";

/** A field of the contract that is there to be read by people: the server's documents show it, a client never does. */
const words = /\b(summary|description|who):\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g;
const exported = /^export (?:const|function) (\w+)/gm;

/**
 * Leaves out of the bundle what no client uses, a sixth of it: the contract's words, and Zod's writer of JSON schemas,
 * which every schema refers to. Schemas are not exported, so that nobody can ask one of the bundle for such a thing.
 */
export const lean: BunPlugin = {
  name: "lean",
  setup(build) {
    build.onLoad({ filter: /[/\\]contract[/\\]src[/\\][a-z-]+\.ts$/ }, async ({ path }) => {
      const text = await Bun.file(path).text();
      return { loader: "ts", contents: text.replaceAll(words, '$1: ""') };
    });
    build.onLoad({ filter: /[/\\](json-schema-processors|to-json-schema)\.js$/ }, async ({ path }) => {
      const names = [...(await Bun.file(path).text()).matchAll(exported)].map(([, name]) => name);
      return {
        loader: "js",
        contents: names.map((name) => `export const ${name} = () => () => {};`).join("\n"),
      };
    });
  },
};
