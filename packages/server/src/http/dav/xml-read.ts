import { SaxesParser } from "saxes";
import { AppError } from "../../lib/app-error.ts";
import type { Name } from "./names.ts";

export interface Element {
  readonly name: Name;
  /** Those without a namespace, which are all that WebDAV has. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  readonly text: string;
}

interface Growing extends Element {
  readonly children: Growing[];
  text: string;
}

const maxDepth = 32;

/**
 * Reads a document of bounded depth. It knows the five entities of XML and no others: a document type, which could
 * declare more or name files, is refused, as is everything that is not well-formed or uses an undeclared prefix.
 */
export function parseXml(text: string): Element {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: Growing[] = [];
  let root: Growing | undefined;
  const write = (words: string): void => {
    const last = open.at(-1);
    if (last !== undefined) last.text += words;
  };
  parser.on("error", ({ message }) => refuse(message));
  parser.on("doctype", () => refuse("a document type is not taken"));
  parser.on("xmldecl", ({ encoding }) => requireUtf8(encoding));
  parser.on("text", write);
  parser.on("cdata", write);
  parser.on("opentag", ({ uri, local, attributes }) => {
    const element: Growing = {
      name: `{${uri}}${local}`,
      attributes: plainAttributes(attributes),
      children: [],
      text: "",
    };
    if (open.push(element) > maxDepth) refuse(`elements are nested more than ${maxDepth} deep`);
    (open.at(-2)?.children ?? []).push(element);
    root ??= element;
  });
  parser.on("closetag", () => void open.pop());
  parser.write(text).close();
  return root ?? refuse("there is no element");
}

function plainAttributes(all: Record<string, { uri: string; local: string; value: string }>) {
  const plain = Object.values(all).filter(({ uri }) => uri === "");
  return new Map(plain.map(({ local, value }) => [local, value]));
}

function requireUtf8(encoding: string | undefined): void {
  if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) refuse("the encoding is not UTF-8");
}

function refuse(reason: string): never {
  throw new AppError("invalid_input", {
    detail: `The body is not XML that is taken here: ${reason}`.slice(0, 200),
  });
}

export function childOf(element: Element, name: Name): Element | undefined {
  return element.children.find((child) => child.name === name);
}

export function childrenOf(element: Element, name: Name): Element[] {
  return element.children.filter((child) => child.name === name);
}
