/** The two bodies of a registration, multipart and JSON, to the one use case. */

import { z } from "zod";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import { type ErrorCode, RegistryError } from "#lib/errors.ts";
import { observeUpload } from "#lib/metrics/request-metrics.ts";
import { checkMayRegister } from "#lib/models/check-may-register.ts";
import { checkKey } from "#lib/models/idempotency.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { FORM_FIELDS, parseRegistration } from "#lib/models/parse-registration.ts";
import type { Published } from "#lib/models/publish-version.ts";
import { registerVersion } from "#lib/models/register-version.ts";
import { type Registration, registerJsonBody } from "#lib/models/request-schema.ts";
import { stageNamedFiles } from "#lib/models/stage-named-files.ts";
import { discardFiles, type StagedFile } from "#lib/models/staged-file.ts";
import { receiveMultipart } from "#lib/uploads/receive-multipart.ts";
import { readInput } from "#lib/wire/read-input.ts";
import type { ApiRequest } from "./api-request.ts";
import { requestBody } from "./raw-body.ts";
import { readJson } from "./read-json.ts";
import { Reply } from "./route.ts";

/** The form's fields, for the reference. Files are repeated `file` parts. */
export const multipartDocumentation = z.object({
  file: z.array(z.string().meta({ format: "binary" })).meta({
    description: "One or more files; a part's file name may be a relative path.",
  }),
  name: z.string(),
  framework: z.string().optional(),
  version: z.string().optional(),
  bump: z.enum(["major", "minor", "patch"]).optional(),
  description: z.string().optional(),
  metadata: z.string().optional().meta({ description: "A JSON object." }),
  tags: z.string().optional().meta({ description: "A JSON object of strings." }),
  signature: z.string().optional().meta({
    description:
      "A JSON object of inputs and outputs, lists of name, dtype and shape: instead of what the bytes say.",
  }),
  visibility: z.enum(["public", "private"]).optional().meta({ description: "Of a new model." }),
});

export const REGISTRATION_ERRORS = [
  "invalid_multipart",
  "invalid_name",
  "invalid_version",
  "invalid_path",
  "empty_file",
  "length_mismatch",
  "blob_not_found",
  "upload_not_found",
  "upload_incomplete",
  "model_in_trash",
  "version_exists",
  "version_in_trash",
  "version_purged",
  "idempotency_conflict",
  "framework_mismatch",
  "framework_version_unsupported",
  "invalid_model_file",
  "unsafe_archive",
  "quota_exceeded",
  "insufficient_storage",
  "storage_read_only",
] as const satisfies readonly ErrorCode[];

/** `modelName` is the model of the URL, if it names one. 201 for a new version, 200 for the same again. */
export async function registerFromRequest(
  ctx: ModelCtx,
  request: ApiRequest,
  modelName?: string,
): Promise<Reply> {
  const idempotencyKey = readIdempotencyKey(request);
  if (modelName !== undefined) await checkMayRegister(ctx, modelName);
  await checkKey(ctx, idempotencyKey, modelName);
  const isForm = !/^application\/json\b/i.test(request.headers.get("content-type") ?? "");
  if (isForm) await checkQuota(ctx, { bytes: leastBytes(request), model: modelName });
  const { registration, files } = isForm
    ? await fromMultipart(ctx, request, modelName)
    : await fromJson(ctx, request, modelName);
  return toReply(await registerVersion(ctx, { registration, files, idempotencyKey }));
}

type Parsed = { registration: Registration; files: StagedFile[] };

async function fromMultipart(
  ctx: ModelCtx,
  request: ApiRequest,
  modelName: string | undefined,
): Promise<Parsed> {
  const form = await receiveMultipart({
    headers: Object.fromEntries(request.headers),
    body: requestBody(request),
    storage: ctx.storage,
    limits: ctx.config.storage,
    allowedFields: FORM_FIELDS,
  });
  observeUpload(form.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  try {
    return { registration: parseRegistration(form.fields, modelName), files: form.files };
  } catch (error) {
    await discardFiles(form.files);
    throw error;
  }
}

async function fromJson(
  ctx: ModelCtx,
  request: ApiRequest,
  modelName: string | undefined,
): Promise<Parsed> {
  const given = await readJson(request);
  const named = modelName !== undefined && isObject(given) ? { name: modelName, ...given } : given;
  const { files, ...registration } = readInput(registerJsonBody, named, "body");
  if (modelName !== undefined && registration.name.toLowerCase() !== modelName.toLowerCase()) {
    throw new RegistryError(
      "invalid_name",
      `The body names ${registration.name}, the URL ${modelName}.`,
    );
  }
  await checkMayRegister(ctx, registration.name);
  return { registration, files: await stageNamedFiles(ctx, files) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** More than a form's fields and the heads of its parts usually have. */
const FORM_OVERHEAD_BYTES = 64 * 1024;

/** How many bytes the files of a form have at least; they are counted when the form has been read. */
function leastBytes(request: ApiRequest): number {
  const length = Number(request.headers.get("content-length") ?? 0);
  return Number.isSafeInteger(length) ? Math.max(0, length - FORM_OVERHEAD_BYTES) : 0;
}

/** draft-ietf-httpapi-idempotency-key-header, kept to plain visible ASCII. */
function readIdempotencyKey(request: ApiRequest): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new RegistryError(
    "invalid_request",
    "An Idempotency-Key has 1 to 255 visible ASCII characters.",
  );
}

function toReply({ created, version }: Published): Reply {
  const location = `/api/v1/models/${version.model}/versions/${encodeURIComponent(version.version)}`;
  return new Reply(created ? 201 : 200, version, { Location: location });
}
