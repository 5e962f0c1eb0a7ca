/** A bucket on loopback that speaks what is used of S3, and keeps every request that it got. */
export interface Bucket extends AsyncDisposable {
  readonly url: string;
  readonly objects: Map<string, Uint8Array>;
  readonly requests: { method: string; path: string; signed: boolean }[];
  /** Whose signature it takes, and the token of their session; another's is refused from then on. */
  accept(keys: { id: string; token?: string }): void;
  /** Answers so many of the next requests of a method with 503. */
  fail(method: string, times: number): void;
}

export const s3Keys = { id: "AKIATEST", secret: "s3-secret-of-the-test" };
const signature =
  /^AWS4-HMAC-SHA256 Credential=(\w+)\/\d{8}\/[a-z0-9-]+\/s3\/aws4_request, ?SignedHeaders=[\w;-]*host[\w;-]*, ?Signature=[0-9a-f]{64}$/;

const pageSize = 2;

export function startBucket(name: string): Bucket {
  const objects = new Map<string, Uint8Array>();
  const requests: Bucket["requests"] = [];
  const failures = new Map<string, number>();
  let accepted: { id: string; token?: string } = s3Keys;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: 64 * 1024 * 1024,
    async fetch(request) {
      const url = new URL(request.url);
      const { method } = request;
      const [, id] = signature.exec(request.headers.get("authorization") ?? "") ?? [];
      const token = request.headers.get("x-amz-security-token") ?? undefined;
      const signed = id === accepted.id && token === accepted.token;
      requests.push({ method, path: url.pathname, signed });
      if (!signed) return fault(403, "AccessDenied");
      const left = failures.get(method) ?? 0;
      if (left > 0) {
        failures.set(method, left - 1);
        return fault(503, "SlowDown");
      }
      const [, bucket, ...rest] = url.pathname.split("/");
      if (bucket !== name) return fault(404, "NoSuchBucket");
      const key = decodeURIComponent(rest.join("/"));
      if (key === "") return list(objects, url.searchParams);
      return answer(objects, method, key, request);
    },
  });
  return {
    url: server.url.origin,
    objects,
    requests,
    accept: (keys) => void (accepted = keys),
    fail: (method, times) => void failures.set(method, times),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function answer(
  objects: Map<string, Uint8Array>,
  method: string,
  key: string,
  request: Request,
): Promise<Response> {
  if (method === "PUT") {
    objects.set(key, await request.bytes());
    return new Response(null, { headers: { etag: '"0"' } });
  }
  if (method === "DELETE") {
    objects.delete(key);
    return new Response(null, { status: 204 });
  }
  const found = objects.get(key);
  if (found === undefined) return fault(404, "NoSuchKey");
  const headers = {
    "content-length": String(found.length),
    etag: '"0"',
    "last-modified": new Date(0).toUTCString(),
  };
  return new Response(method === "HEAD" ? null : new Uint8Array(found), { headers });
}

/** Two keys a page, so that the second page is needed. */
function list(objects: Map<string, Uint8Array>, query: URLSearchParams): Response {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("start-after") ?? "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
  const page = keys.slice(0, pageSize);
  const contents = page.map(
    (key) =>
      `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2030-01-01T00:00:00.000Z</LastModified><ETag>"0"</ETag></Contents>`,
  );
  const truncated = keys.length > page.length;
  return xml(
    200,
    `<ListBucketResult><Name>b</Name><Prefix>${prefix}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${pageSize}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${contents.join("")}</ListBucketResult>`,
  );
}

function fault(status: number, code: string): Response {
  return xml(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function xml(status: number, body: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>${body}`, {
    status,
    headers: { "content-type": "application/xml" },
  });
}
