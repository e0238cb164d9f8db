/** The two downloads: one file of a version, or all of it. */

import { recordDownload } from "#lib/audit/record-access.ts";
import { findDownloadUrl } from "#lib/blobs/find-download-url.ts";
import { observeDownload } from "#lib/metrics/request-metrics.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import {
  type DownloadFile,
  type DownloadVersion,
  openVersionFile,
  openVersionFiles,
} from "#lib/models/open-files.ts";
import type { ApiRequest } from "./api-request.ts";
import { attachment, fileResponse } from "./file-response.ts";
import { tarResponse } from "./tar-response.ts";
import { withheldHeaders } from "./withheld-headers.ts";

type Query = { accept_risk: boolean; comment?: string | undefined };

export async function sendVersionFile(input: {
  ctx: ModelCtx;
  request: ApiRequest;
  params: { name: string; ref: string; path: string };
  query: Query;
}): Promise<Response> {
  const { ctx, request, params, query } = input;
  const begunAt = performance.now();
  const { version, file } = await openVersionFile(ctx, {
    ...params,
    acceptRisk: query.accept_risk,
  });
  return sendFile(ctx, request, version, file, { ...query, begunAt });
}

/** The single file, or a tar of several with their paths. */
export async function sendVersion(input: {
  ctx: ModelCtx;
  request: ApiRequest;
  params: { name: string; ref: string };
  query: Query;
}): Promise<Response> {
  const { ctx, request, params, query } = input;
  const begunAt = performance.now();
  const version = await openVersionFiles(ctx, { ...params, acceptRisk: query.accept_risk });
  const { files, withheld } = version;
  const [only] = files;
  // The archive of a version of several files stays an archive, however many of them are withheld.
  if (only && files.length + withheld.length === 1)
    return sendFile(ctx, request, version, only, { ...query, begunAt });
  const response = await tarResponse(request, {
    files,
    withheld,
    fileName: `${version.model}-${version.version}.tar`,
    digest: version.digest,
    modifiedAt: version.createdAt,
    requestId: ctx.requestId ?? undefined,
    onCompleted: (bytes) => countDownload(ctx, request, version, { bytes, begunAt }),
  });
  for (const [name, value] of withheldHeaders(withheld)) response.headers.set(name, value);
  noteDownload(ctx, request, response, { version, path: null, files, comment: query.comment });
  return response;
}

async function sendFile(
  ctx: ModelCtx,
  request: ApiRequest,
  version: DownloadVersion,
  file: DownloadFile,
  query: Query & { begunAt: number },
): Promise<Response> {
  const { begunAt } = query;
  // A client that accepts a risk gets the bytes from here only, with the headers that make them inert in a browser.
  if (isForWholeFile(request) && !query.accept_risk) {
    const url = await findDownloadUrl(ctx, file, {
      contentType: file.mediaType,
      contentDisposition: attachment(file.path.slice(file.path.lastIndexOf("/") + 1)),
    });
    if (url !== null) {
      // The download counts here, since only the store sees what the client does with the URL.
      countDownload(ctx, request, version, { bytes: file.sizeBytes, begunAt: null });
      recordDownload(ctx.audit, ctx, { ...version, path: file.path, bytes: file.sizeBytes });
      return redirectTo(url);
    }
  }
  const response = await fileResponse(request, {
    ...file,
    lastModified: version.createdAt,
    requestId: ctx.requestId ?? undefined,
    onCompleted: (bytes) => countDownload(ctx, request, version, { bytes, begunAt }),
  });
  noteDownload(ctx, request, response, {
    version,
    path: file.path,
    files: [file],
    comment: query.comment,
  });
  return response;
}

/** Noted when it begins: a client that leaves before the end has had bytes all the same. */
function noteDownload(
  ctx: ModelCtx,
  request: ApiRequest,
  response: Response,
  {
    version,
    path,
    files,
    comment = "",
  }: {
    version: DownloadVersion;
    path: string | null;
    files: readonly DownloadFile[];
    comment: string | undefined;
  },
): void {
  if (request.method !== "GET" || !response.ok) return;
  const bytes = Number(response.headers.get("content-length"));
  const risky = files.find(({ verdict }) => verdict !== "clean");
  const accepted =
    risky === undefined
      ? null
      : { verdict: risky.verdict, comment: comment === "" ? null : comment };
  recordDownload(ctx.audit, ctx, { ...version, path, bytes, accepted });
}

/** Requests with these headers go by our ETag, which the store does not know. */
const PARTIAL_OR_CONDITIONAL = [
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
] as const;

function isForWholeFile({ method, headers }: ApiRequest): boolean {
  return method === "GET" && !PARTIAL_OR_CONDITIONAL.some((name) => headers.has(name));
}

/** The URL is a right to read for some minutes: nobody may keep it or pass it on. */
function redirectTo(url: string): Response {
  const headers = {
    Location: url,
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
  };
  return new Response(null, { status: 307, headers });
}

function countDownload(
  ctx: ModelCtx,
  request: ApiRequest,
  version: DownloadVersion,
  /** `begunAt` by `performance.now()`; null where nobody sees how long it takes. */
  { bytes, begunAt }: { bytes: number; begunAt: number | null },
): void {
  const seconds = begunAt === null ? null : (performance.now() - begunAt) / 1000;
  observeDownload({ framework: version.framework, bytes, seconds });
  ctx.downloads.record({
    modelId: version.modelId,
    versionId: version.versionId,
    model: version.model,
    version: version.version,
    userAgent: request.headers.get("user-agent"),
    actor: ctx.actor.name,
    bytes,
  });
}
