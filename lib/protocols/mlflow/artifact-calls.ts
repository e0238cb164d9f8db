/**
 * `mlflow-artifacts/*`: files at paths of the actor's own, and below `registry-models/<model>/<number>` the files of versions,
 * by the rules of every download.
 */
import { assertMayOn } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import { sendVersionFile } from "#lib/http/download-request.ts";
import { fileResponse } from "#lib/http/file-response.ts";
import type { Parameters } from "#lib/http/parameters.ts";
import { requestBody } from "#lib/http/raw-body.ts";
import { Reply } from "#lib/http/route.ts";
import { getVersion } from "#lib/models/get-version.ts";
import { mediaTypeOf } from "#lib/models/media-type.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { openVersionFile } from "#lib/models/open-files.ts";
import { VERSIONS_FOLDER } from "#lib/uploads/artifacts/artifact-path.ts";
import {
  type ArtifactEntry,
  findRoom,
  listArtifacts,
  openArtifact,
  removeArtifacts,
} from "#lib/uploads/artifacts/find-artifacts.ts";
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  putMultipartPart,
} from "#lib/uploads/artifacts/multipart-artifact.ts";
import { putArtifact } from "#lib/uploads/artifacts/put-artifact.ts";
import { type Call, type CallInput, call } from "./call.ts";
import { getVersion as getFound } from "./resolve.ts";
import { findVersionText } from "./store.ts";
import { ARTIFACTS_PATH } from "./wire.ts";

const PARTS_PATH = "/api/2.0/mlflow-artifacts/mpu/parts";
/** RFC 9562; the store names nothing by what a client sends. */
const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An encoded slash is one more slash: what is a path is decided by `parseFilePath` alone. */
function pathIn(params: Parameters): string {
  return [params.path ?? []].flat().join("/");
}

type OfVersion = { name: string; ref: string; path: string };

/** A file of a version, or a folder in it (`path` is `""` for the top); null for any other path. */
async function findOfVersion(ctx: ModelCtx, path: string): Promise<OfVersion | null> {
  const [folder, slug, number, ...rest] = path.split("/");
  if (folder !== VERSIONS_FOLDER) return null;
  if (!slug || !/^\d{1,9}$/.test(number ?? ""))
    throw new RegistryError("file_not_found", `There is nothing at ${path}.`);
  const found = await findVersionText(ctx.db, slug, Number(number));
  assertMayOn(ctx, "model.read", found, slug);
  return { name: found.name, ref: found.version, path: rest.join("/") };
}

async function list({ ctx, given }: CallInput) {
  const path = given.text("path").replace(/\/+$/, "");
  const of = await findOfVersion(ctx, path);
  const files = of === null ? await listArtifacts(ctx, path) : await listOfVersion(ctx, of);
  return files.length === 0 ? {} : { files };
}

async function listOfVersion(
  ctx: ModelCtx,
  { name, ref, path }: OfVersion,
): Promise<ArtifactEntry[]> {
  const { files } = await getVersion(ctx, { name, ref });
  const prefix = path === "" ? "" : `${path}/`;
  const entries = new Map<string, ArtifactEntry>();
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue;
    const [entry = "", ...below] = file.path.slice(prefix.length).split("/");
    entries.set(
      entry,
      below.length > 0
        ? { path: entry, is_dir: true }
        : { path: entry, is_dir: false, file_size: file.size_bytes },
    );
  }
  return [...entries.values()];
}

async function download(input: CallInput) {
  return send(input, pathIn(input.params));
}

async function send({ ctx, request }: CallInput, path: string): Promise<Response> {
  const of = await findOfVersion(ctx, path);
  if (of !== null)
    return sendVersionFile({ ctx, request, params: of, query: { accept_risk: false } });
  const file = await openArtifact(ctx, path);
  return fileResponse(request, {
    ...file,
    mediaType: mediaTypeOf(file.path),
    lastModified: file.putAt,
    requestId: ctx.requestId ?? undefined,
  });
}

async function put({ ctx, request, params }: CallInput) {
  const headers = Object.fromEntries(request.headers);
  await putArtifact(ctx, { path: pathIn(params), headers, body: requestBody(request) });
  return {};
}

async function remove({ ctx, params }: CallInput) {
  await removeArtifacts(ctx, pathIn(params));
  return {};
}

/** The client names a path of its own machine, of which only the last part means anything here. */
function fileOf({ given, params }: CallInput): string {
  const name = given.required("path").split(/[/\\]/).at(-1) ?? "";
  const folder = pathIn(params);
  return folder === "" ? name : `${folder}/${name}`;
}

/** The credential that the client has sent is what it sends again with each part. */
function ownCredential({ request }: CallInput): Record<string, string> {
  const authorization = request.headers.get("authorization");
  return authorization === null ? {} : { Authorization: authorization };
}

async function beginParts(input: CallInput) {
  const parts = input.given.count("num_parts", { otherwise: 1, max: 10_000 });
  const id = await createMultipart(input.ctx, { path: fileOf(input), parts });
  const headers = ownCredential(input);
  return {
    upload_id: id,
    credentials: Array.from({ length: parts }, (_, index) => ({
      url: `${input.baseUrl}${PARTS_PATH}/${id}/${index + 1}`,
      part_number: index + 1,
      headers,
    })),
  };
}

async function putPart({ ctx, request, params }: CallInput) {
  const part = Number(params.part);
  const id = uploadId(String(params.id));
  if (!Number.isInteger(part) || part < 1)
    throw new RegistryError("invalid_request", "Parts are numbered from 1.");
  const headers = Object.fromEntries(request.headers);
  await putMultipartPart(ctx, { id, part: part - 1, headers, body: requestBody(request) });
  return new Reply(200, {}, { ETag: `"${id}-${part}"` });
}

async function completeParts(input: CallInput) {
  const id = uploadId(input.given.required("upload_id"));
  await completeMultipart(input.ctx, { path: fileOf(input), id });
  return {};
}

async function abortParts(input: CallInput) {
  await abortMultipart(input.ctx, uploadId(input.given.required("upload_id")));
  return {};
}

function uploadId(text: string): string {
  if (UPLOAD_ID.test(text)) return text;
  throw new RegistryError("upload_not_found", "There is no such upload.");
}

/** A download that its client does in parts: the same URL, which knows ranges. */
async function presign(input: CallInput) {
  const { ctx, params, baseUrl } = input;
  const path = pathIn(params);
  const of = await findOfVersion(ctx, path);
  const { sizeBytes } =
    of === null
      ? await openArtifact(ctx, path)
      : (await openVersionFile(ctx, { ...of, acceptRisk: false })).file;
  const url = `${baseUrl}${ARTIFACTS_PATH}/${path.split("/").map(encodeURIComponent).join("/")}`;
  return { url, headers: ownCredential(input), file_size: sizeBytes };
}

/** What MLflow's own pages download a run's file by. */
async function ofRun(input: CallInput) {
  const runId = input.given.required("run_id");
  const folder = await findRoom(input.ctx, runId);
  const path = input.given.required("path");
  if (folder === null)
    throw new RegistryError("file_not_found", `Run '${runId.slice(0, 64)}' has no files here.`);
  return send(input, `${folder}/${path}`);
}

async function ofVersion(input: CallInput) {
  const { given, ctx, request } = input;
  const asked = { name: given.required("name"), version: given.required("version") };
  const { slug: name, version: ref } = await getFound(ctx, "model.read", asked);
  const params = { name, ref, path: given.required("path") };
  return sendVersionFile({ ctx, request, params, query: { accept_risk: false } });
}

const read = { permission: "model.read" } as const;
const put_ = { permission: "version.register", limit: "upload" } as const;
const bytes = { limit: "download", ...read } as const;

export const ARTIFACT_CALLS: readonly Call[] = [
  call("GET", "/artifacts", { operation: "list_artifacts", ...read }, list),
  call("GET", "/artifacts/{path}", { operation: "download_artifact", ...bytes }, download),
  call("PUT", "/artifacts/{path}", { operation: "put_artifact", ...put_, hasRawBody: true }, put),
  call("DELETE", "/artifacts/{path}", { operation: "delete_artifact", ...put_ }, remove),
  call("POST", "/mpu/create/{path}", { operation: "create_multipart", ...put_ }, beginParts),
  call("POST", "/mpu/complete/{path}", { operation: "complete_multipart", ...put_ }, completeParts),
  call("POST", "/mpu/abort/{path}", { operation: "abort_multipart", ...put_ }, abortParts),
  call(
    "PUT",
    "/mpu/parts/{id}/{part}",
    { operation: "put_multipart_part", ...put_, hasRawBody: true },
    putPart,
  ),
  call("GET", "/presigned/{path}", { operation: "presign_download", ...bytes }, presign),
];
export const RUN_ARTIFACT = call(
  "GET",
  "",
  { operation: "download_run_artifact", ...bytes },
  ofRun,
);
export const VERSION_ARTIFACT = call(
  "GET",
  "",
  { operation: "download_version_artifact", ...bytes },
  ofVersion,
);
