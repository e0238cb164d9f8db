import { randomUUID } from "node:crypto";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { type ApiRequest, NodeRequest } from "./api-request.ts";
import { decideRange, type RangeDecision } from "./byte-range.ts";
import { blobStream } from "./file-response-stream.ts";
import { problemResponse } from "./problem.ts";

/** Bytes that never change under their validator. */
export type Download = {
  /** Called when the body is read, never for HEAD, 304 and refusals. The response closes the reader. */
  open: () => Promise<BlobReader>;
  sizeBytes: number;
  /** Strong entity tag without quotes, e.g. `sha256:<hex>`. */
  tag: string;
  /** Hex SHA-256 of the whole content; null where it is not known before the content is sent. */
  sha256: string | null;
  /** The name under which the client saves the content. */
  fileName: string;
  mediaType: string;
  lastModified: Date | null;
  /** Repeated in a refusal; without it a refusal gets an id of its own. */
  requestId?: string | undefined;
  /** Called once when the last byte is sent, with the count of bytes of this answer. Must not throw. */
  onCompleted?: (bytes: number) => void;
};

/**
 * Serves a download: GET, HEAD, ranges, conditional requests (RFC 9110), Repr-Digest (RFC 9530), always
 * inert in a browser. A body that ends early fails, and with it the connection.
 * Throws what `open` throws.
 */
export async function downloadResponse(request: ApiRequest, download: Download): Promise<Response> {
  const { sizeBytes, lastModified } = download;
  const etag = `"${download.tag}"`;
  const decision = decideRange(request.method, request.headers, { sizeBytes, etag, lastModified });
  if (decision.status === 412 || decision.status === 416) return refusal(decision.status, download);
  const headers = commonHeaders(download, etag);
  if (decision.status === 304) return new Response(null, { status: 304, headers });
  const range = decision.status === 206 ? decision.range : { start: 0, end: sizeBytes - 1 };
  const length = range.end - range.start + 1;
  describeBody(headers, download, decision, length);
  if (request.method === "HEAD") return new Response(null, { status: decision.status, headers });
  // The blob is opened here and not by the first read, so that a missing or damaged one is an error with a status.
  const reader = await download.open();
  const isLast = range.end === sizeBytes - 1;
  const outgoing = request instanceof NodeRequest ? request.outgoing : null;
  const body = await blobStream(reader, range, {
    signal: request.signal,
    onSent: () => {
      if (isLast) download.onCompleted?.(length);
    },
    whenClosed: outgoing && ((callback) => outgoing.once("close", callback)),
  });
  return new Response(body, { status: decision.status, headers });
}

/** One file of a version. `sha256` is lowercase hex. */
export function fileResponse(
  request: ApiRequest,
  file: {
    path: string;
    sizeBytes: number;
    sha256: string;
    mediaType: string;
    open: () => Promise<BlobReader>;
    lastModified?: Date;
    requestId?: string | undefined;
    onCompleted?: (bytes: number) => void;
  },
): Promise<Response> {
  return downloadResponse(request, {
    ...file,
    tag: `sha256:${file.sha256}`,
    fileName: file.path.slice(file.path.lastIndexOf("/") + 1),
    lastModified: file.lastModified ?? null,
  });
}

function commonHeaders(download: Download, etag: string): Headers {
  const headers = new Headers({
    ETag: etag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
  });
  if (download.lastModified !== null)
    headers.set("Last-Modified", download.lastModified.toUTCString());
  return headers;
}

function describeBody(
  headers: Headers,
  download: Download,
  decision: RangeDecision,
  length: number,
): void {
  headers.set("Content-Type", download.mediaType);
  headers.set("Content-Length", String(length));
  headers.set("Content-Disposition", attachment(download.fileName));
  if (download.sha256 !== null) {
    const digest = Buffer.from(download.sha256, "hex").toString("base64");
    headers.set("Repr-Digest", `sha-256=:${digest}:`);
  }
  if (decision.status === 206) {
    const { start, end } = decision.range;
    headers.set("Content-Range", `bytes ${start}-${end}/${download.sizeBytes}`);
  }
}

/** RFC 6266: a plain name for old clients, and the real one as UTF-8 (RFC 8187). */
export function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function refusal(status: 412 | 416, download: Download): Response {
  const error =
    status === 416
      ? new RegistryError("range_not_satisfiable", `The file has ${download.sizeBytes} bytes.`)
      : new RegistryError(
          "precondition_failed",
          "The file is not the one that If-Match or If-Unmodified-Since names.",
        );
  const extra = status === 416 ? { "Content-Range": `bytes */${download.sizeBytes}` } : undefined;
  return problemResponse(error, download.requestId ?? randomUUID(), extra);
}
