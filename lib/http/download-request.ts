/** The two downloads: one file of a version, or all of it. */
import type { Ctx } from "../context.ts";
import {
  type DownloadFile,
  type DownloadVersion,
  openVersionFile,
  openVersionFiles,
} from "../models/open-files.ts";
import { fileResponse } from "./file-response.ts";
import { tarResponse } from "./tar-response.ts";

type Query = { accept_risk: boolean };

export async function sendVersionFile(input: {
  ctx: Ctx;
  request: Request;
  params: { name: string; ref: string; path: string };
  query: Query;
}): Promise<Response> {
  const { ctx, request, params, query } = input;
  const { version, file } = await openVersionFile(ctx, {
    ...params,
    acceptRisk: query.accept_risk,
  });
  return sendFile(ctx, request, version, file);
}

/** The single file, or a tar of several with their paths. */
export async function sendVersion(input: {
  ctx: Ctx;
  request: Request;
  params: { name: string; ref: string };
  query: Query;
}): Promise<Response> {
  const { ctx, request, params, query } = input;
  const version = await openVersionFiles(ctx, { ...params, acceptRisk: query.accept_risk });
  const [only, ...more] = version.files;
  if (only && more.length === 0) return sendFile(ctx, request, version, only);
  return tarResponse(request, {
    files: version.files,
    fileName: `${version.model}-${version.version}.tar`,
    digest: version.digest,
    modifiedAt: version.createdAt,
    requestId: ctx.requestId ?? undefined,
    onCompleted: (bytes) => countDownload(ctx, request, version, bytes),
  });
}

function sendFile(
  ctx: Ctx,
  request: Request,
  version: DownloadVersion,
  file: DownloadFile,
): Promise<Response> {
  return fileResponse(request, {
    ...file,
    lastModified: version.createdAt,
    requestId: ctx.requestId ?? undefined,
    onCompleted: (bytes) => countDownload(ctx, request, version, bytes),
  });
}

function countDownload(ctx: Ctx, request: Request, version: DownloadVersion, bytes: number): void {
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
