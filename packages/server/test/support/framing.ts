export const post = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const get = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
/** What an attacker hides behind a request: it must never be answered as a request of its own. */
const hidden = `${get}\r\n`;

/** Refused before anything of ours runs: 400 where Bun says why, or the end of the connection. */
export const malformed: Record<string, string> = {
  "a length and chunks": `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  "chunks and a length": `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
  "two lengths": `${post}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${hidden}`,
  "two lengths, the longer first": `${post}Content-Length: 40\r\nContent-Length: 2\r\n\r\n{}${hidden}`,
  "a list of lengths": `${post}Content-Length: 2, 2\r\n\r\n{}${hidden}`,
  "a length with a sign": `${post}Content-Length: +2\r\n\r\n{}${hidden}`,
  "a negative length": `${post}Content-Length: -1\r\n\r\n{}${hidden}`,
  "a hexadecimal length": `${post}Content-Length: 0x2\r\n\r\n{}${hidden}`,
  "an empty length": `${post}Content-Length: \r\n\r\n{}${hidden}`,
  "a length beyond 64 bits": `${post}Content-Length: 18446744073709551618\r\n\r\n{}${hidden}`,
  "a space before the colon": `${post}Content-Length : 2\r\n\r\n{}${hidden}`,
  "a folded Transfer-Encoding": `${post}Transfer-Encoding:\r\n chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "a folded header": `${get}X: a\r\n b\r\n\r\n`,
  "a header that hides a length in a fold": `${get}X: a\r\n Content-Length: 40\r\n\r\n${hidden}`,
  "an unknown coding": `${post}Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "chunked, but not last": `${post}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "two codings": `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "a control character before chunked": `${post}Transfer-Encoding: \x0bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "chunks in HTTP/1.0": `${post.replace("1.1", "1.0")}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  "a chunk extension that ends in a bare LF": `${post}Transfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n${hidden}`,
  "chunks with bare LFs": `${post}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${hidden}`,
  "a chunk size with a prefix": `${post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "a chunk size with a sign": `${post}Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "a chunk longer than it says": `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n${hidden}`,
  "a chunk size that overflows": `${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff2\r\n{}\r\n0\r\n\r\n${hidden}`,
  "lines that end in a bare LF": "GET /health HTTP/1.1\nHost: localhost\n\n",
  "a header that ends in a bare LF": "GET /health HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
  "a bare CR in a header": "GET /health HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n",
  "NUL in a header": `${get}X: a\0b\r\n\r\n`,
  "a space in a header's name": `${get}X Y: a\r\n\r\n`,
  "a header that begins with a space": "GET /health HTTP/1.1\r\n Host: localhost\r\n\r\n",
  "no Host": "GET /health HTTP/1.1\r\n\r\n",
  "a method in lower case": "get /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "an unknown method": "FOO /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "two spaces in the first line": "GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "tabs in the first line": "GET\t/health\tHTTP/1.1\r\nHost: localhost\r\n\r\n",
  "HTTP/0.9": "GET /health\r\n\r\n",
  "HTTP/1.2": "GET /health HTTP/1.2\r\nHost: localhost\r\n\r\n",
  "HTTP/2.0": "GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n",
  "a TLS handshake": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "a header of 17 KiB": `${get}X: ${"a".repeat(17 * 1024)}\r\n\r\n`,
  "2,001 headers": `${get}${"a: b\r\n".repeat(2_001)}\r\n`,
};

/** Unusual, and what RFC 9112 says of it. */
export const sound: Record<string, { send: string; statuses: number[] }> = {
  "chunks, an extension among them": {
    send: `${post}Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\n\r\n${hidden}`,
    statuses: [400, 200],
  },
  // Bun reads no trailers: it refuses what follows the last chunk, and ends the connection.
  "trailers, which become no headers": {
    send: `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: evil.example\r\nContent-Length: 5\r\n\r\n${hidden}`,
    statuses: [400, 400],
  },
  "a body on GET": {
    send: `${get}Content-Length: ${hidden.length}\r\n\r\n${hidden}${hidden}`,
    statuses: [200, 200],
  },
  "a second Host": { send: `${get}Host: evil.example\r\n\r\n`, statuses: [421] },
  "HTTP/1.0 without Host": { send: "GET /health HTTP/1.0\r\n\r\n", statuses: [421] },
  "a socket of HTTP/1.0 without Host": { send: "GET /realtime HTTP/1.0\r\n\r\n", statuses: [421] },
  "the absolute form": {
    send: "GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    statuses: [200],
  },
  "the absolute form for a foreign Host": {
    send: "GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    statuses: [421],
  },
  CONNECT: { send: "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n", statuses: [404] },
  TRACE: { send: "TRACE /health HTTP/1.1\r\nHost: localhost\r\nX: secret\r\n\r\n", statuses: [405] },
};
