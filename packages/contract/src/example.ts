import type { z } from "zod";
import type { AnswerOf, Endpoint } from "./endpoint.ts";

type Part<E, K extends "params" | "query" | "body"> = E extends { [k in K]: infer S extends z.ZodType }
  ? z.input<S>
  : never;

/** A JSON body; or a document, as its text, where the call takes one: that is sent, and the body beside it is shown. */
type SentExample<E> = E extends { document: object }
  ? { document: string; body: Part<E, "body"> }
  : { document?: never } & (E extends { body: z.ZodType } ? { body: Part<E, "body"> } : { body?: never });

/** What a client sends: path parameters and body (an image in base64) where the call has them, and a query where it helps. */
export type ExampleRequest<E extends Endpoint> = (E extends { params: z.ZodType }
  ? { params: Part<E, "params"> }
  : { params?: never }) &
  SentExample<E> &
  (E extends { query: z.ZodType } ? { query?: Part<E, "query"> } : { query?: never }) &
  (E extends { upload: readonly string[] } ? { image: string } : { image?: never });

/** A call and its answer, as they travel. A test makes every such call to a real server. */
export interface Example<E extends Endpoint> {
  readonly request: ExampleRequest<E>;
  /** The value of `response`; of bytes, their media type, and what they may look like where they are text. */
  readonly response: E extends { download: readonly string[] }
    ? { readonly type: string; readonly text?: string }
    : AnswerOf<E>;
}

/** An example for every endpoint of a group, but for those that send a browser on or do not end: one that is missing does not compile. */
export type ExamplesOf<Group> = {
  readonly [N in keyof Group as Group[N] extends { redirect: true } | { events: true }
    ? never
    : N]: Group[N] extends Endpoint ? Example<Group[N]> : never;
};
