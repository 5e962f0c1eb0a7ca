import type { Http } from "./call.ts";
import { JarvisError, JarvisNetworkError, toJarvisError } from "./errors.ts";

export interface Image {
  readonly type: string;
  readonly data: Blob | Uint8Array<ArrayBuffer>;
}

/** Uploads an image for messages of an event and gives its id: the body is the image itself, so this is no JSON call. */
export async function uploadPhoto(http: Http, event: string, image: Image): Promise<string> {
  const { response, text } = await post(http, `/event/${encodeURIComponent(event)}/photos`, image);
  const answer = parsed(text);
  if (!response.ok) throw toJarvisError(response, answer);
  const { id } = Object(answer["response"]) as { id?: unknown };
  if (typeof id !== "string") throw new JarvisError("invalid_answer", { status: response.status });
  return id;
}

async function post(http: Http, path: string, { type, data }: Image) {
  const token = http.token();
  const headers = {
    accept: "application/json",
    "content-type": type,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await http.fetch(http.baseUrl + path, { method: "POST", headers, body: data });
    return { response, text: await response.text() };
  } catch (error) {
    throw new JarvisNetworkError(`${http.baseUrl} did not answer`, error);
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {}; // not JSON: reported as what it is, by its status
  }
}
