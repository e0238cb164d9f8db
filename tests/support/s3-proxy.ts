/**
 * A real HTTP proxy before a real S3 store that spoils chosen requests: what stores and networks do under load, on
 * purpose and countable.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

export type S3Fault =
  /** Answers in the store's place; the store never sees the request. */
  | { kind: "answer"; status: number; code: string }
  /** 200 with an error as body, which S3 does where completing takes long. */
  | { kind: "error-in-200"; code: string }
  /** The connection is cut before the store has the request. */
  | { kind: "reset" }
  /** Nobody ever answers. */
  | { kind: "hang" }
  /** The store does its work, and the answer is lost. */
  | { kind: "lose-answer" }
  /** The answer's body ends after `bytes` by a cut connection. */
  | { kind: "cut-body"; bytes: number }
  /** One bit of the request's body is turned on its way. */
  | { kind: "flip-request" };

/** `operation` is as in the S3 reference: PutObject, UploadPart, CompleteMultipartUpload ... */
export type S3Request = { operation: string; method: string; path: string; range: string | null };

export type S3Proxy = {
  readonly endpoint: string;
  /** Every request that came, in order. */
  readonly requests: S3Request[];
  /** Decides for each request; null lets it through. */
  setFaults(decide: ((request: S3Request) => S3Fault | null) | null): void;
  /** Connections to the proxy right now. */
  countConnections(): Promise<number>;
  close(): Promise<void>;
};

export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(target);
  const requests: S3Request[] = [];
  let decide: ((request: S3Request) => S3Fault | null) | null = null;
  const server = createServer((incoming, outgoing) => {
    const described = toRequest(incoming);
    requests.push(described);
    const fault = decide?.(described) ?? null;
    outgoing.on("error", () => undefined);
    incoming.on("error", () => undefined);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") incoming.socket.destroy();
    else if (fault?.kind === "answer") answer(incoming, outgoing, fault.status, fault.code);
    else if (fault?.kind === "error-in-200") answer(incoming, outgoing, 200, fault.code);
    else forward({ hostname, port }, incoming, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    setFaults: (next) => {
      decide = next;
    },
    countConnections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Spoils the first `count` requests of an operation. */
export function firstOf(operation: string, count: number, fault: S3Fault) {
  let left = count;
  return (incoming: S3Request): S3Fault | null => {
    if (incoming.operation !== operation || left === 0) return null;
    left -= 1;
    return fault;
  };
}

function toRequest(incoming: IncomingMessage): S3Request {
  const url = new URL(incoming.url ?? "/", "http://proxy");
  const method = incoming.method ?? "";
  const range = incoming.headers.range ?? null;
  return { operation: operationOf(method, url, incoming), method, path: url.pathname, range };
}

function operationOf(method: string, url: URL, incoming: IncomingMessage): string {
  const has = (name: string) => url.searchParams.has(name);
  const isCopy = incoming.headers["x-amz-copy-source"] !== undefined;
  const isBucket = url.pathname.split("/").filter(Boolean).length < 2;
  if (method === "PUT" && has("partNumber")) return isCopy ? "UploadPartCopy" : "UploadPart";
  if (method === "PUT") return isCopy ? "CopyObject" : "PutObject";
  if (method === "POST")
    return has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method === "DELETE") return has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
  if (method === "HEAD") return isBucket ? "HeadBucket" : "HeadObject";
  if (has("uploads")) return "ListMultipartUploads";
  if (has("uploadId")) return "ListParts";
  return isBucket ? "ListObjectsV2" : "GetObject";
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  status: number,
  code: string,
): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code} by the proxy</Message></Error>`;
  // Read first: an answer while the body is still on its way is another fault.
  incoming.resume().on("end", () => {
    outgoing.writeHead(status, { "Content-Type": "application/xml" });
    outgoing.end(incoming.method === "HEAD" ? undefined : body);
  });
}

function forward(
  target: { hostname: string; port: string },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: S3Fault | null,
): void {
  const upstream = request({
    ...target,
    method: incoming.method,
    path: incoming.url,
    headers: incoming.headers,
  });
  upstream.on("error", () => incoming.socket.destroy());
  outgoing.on("close", () => upstream.destroy());
  upstream.on("response", (reply) => {
    if (fault?.kind === "lose-answer") {
      reply.resume().on("end", () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
    if (fault?.kind === "cut-body") cutAfter(fault.bytes, reply, outgoing, incoming);
    else reply.pipe(outgoing);
    reply.on("error", () => incoming.socket.destroy());
  });
  if (fault?.kind === "flip-request") flipOnce(incoming, upstream);
  else incoming.pipe(upstream);
}

function flipOnce(incoming: IncomingMessage, upstream: NodeJS.WritableStream): void {
  let isFlipped = false;
  incoming.on("data", (chunk: Buffer) => {
    if (!isFlipped && chunk.byteLength > 0) {
      chunk[0] = (chunk[0] ?? 0) ^ 1;
      isFlipped = true;
    }
    upstream.write(chunk);
  });
  incoming.on("end", () => upstream.end());
}

function cutAfter(
  bytes: number,
  reply: IncomingMessage,
  outgoing: ServerResponse,
  incoming: IncomingMessage,
): void {
  let sent = 0;
  reply.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, bytes - sent);
    sent += part.byteLength;
    outgoing.write(part, () => {
      if (sent >= bytes) incoming.socket.destroy();
    });
  });
  reply.on("end", () => outgoing.end());
}
