import { examples } from "@jarvis/contract/examples";

type Json = Record<string, unknown>;
type Media = Record<string, Json>;

interface AnyExample {
  readonly request: {
    readonly params?: object;
    readonly query?: object;
    readonly body?: unknown;
    readonly document?: string;
  };
  readonly response: unknown;
}

/** The parts of an operation that can show an example. */
interface Shown {
  parameters: { name: string; in: string }[];
  requestBody?: { content: Media };
  responses: Record<string, { content?: Media }>;
}

/** The example of a call, by the two names that lead to its endpoint in the contract. */
export function exampleOf(feature: string, name: string): AnyExample | undefined {
  const groups: Record<string, Record<string, AnyExample>> = examples;
  return groups[feature]?.[name];
}

/** Shows an example in parameters, body and successes of an operation (OpenAPI 3.1, sections 4.8.12 and 4.8.14). */
export function withExample(operation: Json, example: AnyExample | undefined): Json {
  if (example === undefined) return operation;
  const { parameters, requestBody, responses } = operation as unknown as Shown; // openapi.ts has just made it
  const { params, query, body, document } = example.request;
  return {
    ...operation,
    parameters: parameters.map((parameter) => parameterWith(parameter, { path: params, query })),
    ...(requestBody && body !== undefined
      ? { requestBody: { ...requestBody, content: sentAs(requestBody.content, body, document) } }
      : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, answer]) => [
        status,
        status.startsWith("2") ? answerWith(answer, example.response) : answer,
      ]),
    ),
  };
}

/** Where a call takes a document beside JSON, there is an example of each. */
function sentAs(content: Media, body: unknown, document: string | undefined): Media {
  if (document === undefined) return shown(content, body);
  const { "application/json": json = {}, ...documents } = content;
  return { ...shown({ "application/json": json }, body), ...shown(documents, document) };
}

/** JSON has its example in `response`; bytes have one where they are text. */
function answerWith(answer: { content?: Media }, response: unknown): { content?: Media } {
  const { content } = answer;
  if (content?.["application/json"]) return { ...answer, content: shown(content, { response }) };
  const text = Object(response) as { text?: unknown }; // of bytes the contract's example has a type, and may have a text
  return content && typeof text.text === "string"
    ? { ...answer, content: shown(content, text.text) }
    : answer;
}

type Values = Record<string, object | undefined>;

function parameterWith(parameter: { name: string; in: string }, values: Values): Json {
  const inPlace: Json = { ...values[parameter.in] };
  const { name } = parameter;
  return Object.hasOwn(inPlace, name) ? { ...parameter, example: inPlace[name] } : { ...parameter };
}

function shown(content: Media, example: unknown): Media {
  return Object.fromEntries(Object.entries(content).map(([type, media]) => [type, { ...media, example }]));
}
