/**
 * The wire types of models and versions (design: REST contract). Pages and forms import this file too,
 * so it depends on zod only. JSON is snake_case; times are RFC 3339 in UTC; sizes are bytes.
 */
import { z } from "zod";

export const frameworkSchema = z.enum([
  "pytorch",
  "tensorflow",
  "onnx",
  "safetensors",
  "keras",
  "gguf",
  "sklearn",
  "other",
]);
export const formatSchema = z.enum([
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "safetensors",
  "onnx",
  "saved-model",
  "keras-v3",
  "hdf5",
  "tflite",
  "gguf",
  "pickle",
  "unknown",
]);
export const verdictSchema = z.enum(["clean", "suspicious", "malicious", "unscannable", "pending"]);
export const stageSchema = z.enum(["none", "staging", "production", "archived"]);
export const bumpSchema = z.enum(["major", "minor", "patch"]);

export type FrameworkName = z.infer<typeof frameworkSchema>;
export type FormatName = z.infer<typeof formatSchema>;
export type VerdictName = z.infer<typeof verdictSchema>;
export type Stage = z.infer<typeof stageSchema>;
export type Bump = z.infer<typeof bumpSchema>;

/** Names become parts of URLs and of manifest paths, hence the narrow alphabet. */
export const MODEL_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
// Windows refuses these as file names whatever their extension, and manifests are named by the model.
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

export const modelNameSchema = z
  .string()
  .regex(
    MODEL_NAME_PATTERN,
    "Use 1 to 128 letters, digits, dots, underscores and hyphens, starting with a letter or digit.",
  )
  .refine((name) => !DEVICE_NAME.test(name), "This name is reserved by operating systems.")
  .refine((name) => !name.endsWith("."), "A name may not end with a dot.");

export const aliasNameSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9._-]{0,63}$/,
    "Use 1 to 64 letters, digits, dots, underscores and hyphens, starting with a letter.",
  )
  .refine((alias) => alias.toLowerCase() !== "latest", "`latest` always names the newest version.");

/** 64 KiB is plenty for a description; a longer text belongs into the model's README.md. */
export const DESCRIPTION_MAX_LENGTH = 65_536;
export const descriptionSchema = z.string().max(DESCRIPTION_MAX_LENGTH);

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
export const TAGS_MAX_COUNT = 100;
export const tagsSchema = z
  .record(z.string().min(1).max(128), z.string().max(1024))
  .refine((tags) => Object.keys(tags).length <= TAGS_MAX_COUNT, `At most ${TAGS_MAX_COUNT} tags.`)
  .refine(
    (tags) => !Object.keys(tags).some((key) => FORBIDDEN_KEYS.has(key)),
    "This key is not allowed.",
  );

/** Metadata is kept with the version for ever: 256 KiB of JSON is the cap. */
export const METADATA_MAX_BYTES = 262_144;
export const metadataSchema = z
  .record(z.string().min(1).max(256), z.unknown())
  .refine(
    (value) => JSON.stringify(value).length <= METADATA_MAX_BYTES,
    "Metadata is over 256 KiB.",
  )
  .refine(
    (value) => !Object.keys(value).some((key) => FORBIDDEN_KEYS.has(key)),
    "This key is not allowed.",
  );

const timestamp = z.iso.datetime({ offset: true });
const byteCount = z.number().int().nonnegative();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const findingSchema = z.object({
  severity: z.enum(["info", "suspicious", "malicious", "unscannable"]),
  code: z.string(),
  detail: z.string(),
  file: z.string(),
});

export const fileSchema = z.object({
  path: z.string(),
  size_bytes: byteCount,
  digest,
  media_type: z.string(),
  format: formatSchema,
  verdict: verdictSchema,
});

const signatureTensorSchema = z.object({
  name: z.string(),
  dtype: z.string(),
  shape: z.array(z.union([z.number(), z.string(), z.null()])),
});

/** What a list shows of a version: everything but its files, findings and metadata. */
export const versionSummarySchema = z.object({
  model: z.string(),
  version: z.string(),
  number: z.number().int(),
  digest,
  framework: frameworkSchema,
  format: formatSchema,
  status: z.literal("ready"),
  stage: stageSchema,
  aliases: z.array(z.string()),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  parameters: z.number().int().nullable(),
  tensors: z.number().int(),
  size_bytes: byteCount,
  stored_bytes: byteCount,
  verdict: verdictSchema,
  created_at: timestamp,
  created_by: z.string(),
  downloads: z.number().int(),
});

export const versionSchema = versionSummarySchema.omit({ verdict: true }).extend({
  /** What the client said; `framework` is what the bytes say, or this where they say nothing. */
  framework_declared: frameworkSchema.nullable(),
  metadata: z.record(z.string(), z.unknown()),
  dtypes: z.record(z.string(), z.number()),
  producer: z.record(z.string(), z.string()),
  signature: z
    .object({ inputs: z.array(signatureTensorSchema), outputs: z.array(signatureTensorSchema) })
    .nullable(),
  files: z.array(fileSchema),
  sha256: z.string().optional(),
  scan: z.object({
    verdict: verdictSchema,
    findings: z.array(findingSchema),
    scanned_at: timestamp.nullable(),
  }),
  updated_at: timestamp,
});

/** A model with its latest version's facts. */
export const modelSchema = z.object({
  name: z.string(),
  description: z.string(),
  owner: z.string(),
  tags: z.record(z.string(), z.string()),
  latest_version: z.string().nullable(),
  version_count: z.number().int(),
  stages: z.array(stageSchema),
  framework: frameworkSchema.nullable(),
  format: formatSchema.nullable(),
  verdict: verdictSchema.nullable(),
  parameters: z.number().int().nullable(),
  size_bytes: byteCount,
  downloads: z.number().int(),
  created_at: timestamp,
  created_by: z.string(),
  updated_at: timestamp,
});

export const modelDetailSchema = modelSchema.extend({
  aliases: z.array(
    z.object({
      alias: z.string(),
      version: z.string(),
      updated_at: timestamp,
      updated_by: z.string(),
    }),
  ),
  latest: versionSummarySchema.nullable(),
});

export const trashedModelSchema = modelSchema.extend({
  deleted_at: timestamp,
  deleted_by: z.string(),
});
export const trashedVersionSchema = versionSummarySchema.extend({
  deleted_at: timestamp,
  deleted_by: z.string(),
});

export const tensorSchema = z.object({
  position: z.number().int(),
  name: z.string(),
  dtype: z.string(),
  shape: z.array(z.number().int()),
  size_bytes: byteCount,
  file: z.string(),
});

export const aliasSchema = z.object({
  alias: z.string(),
  model: z.string(),
  version: z.string(),
  updated_at: timestamp,
  updated_by: z.string(),
});
export const aliasEventSchema = z.object({
  alias: z.string(),
  from_version: z.string().nullable(),
  to_version: z.string().nullable(),
  at: timestamp,
  actor: z.string(),
});

/* Requests */

const count = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const LIST_LIMIT_DEFAULT = 50;
export const LIST_LIMIT_MAX = 200;
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT_MAX).default(LIST_LIMIT_DEFAULT),
  cursor: z.string().max(2048).optional(),
};

export const modelSortSchema = z.enum([
  "name",
  "-name",
  "updated_at",
  "-updated_at",
  "size_bytes",
  "-size_bytes",
  "parameters",
  "-parameters",
  "downloads",
  "-downloads",
]);

/** A repeated parameter (`framework=onnx&framework=pytorch`) means any of them. */
const anyOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(20).optional(),
  );

export const listModelsQuery = z.strictObject({
  query: z.string().trim().max(200).optional(),
  framework: anyOf(frameworkSchema),
  format: anyOf(formatSchema),
  stage: anyOf(stageSchema),
  verdict: anyOf(verdictSchema),
  /** `key:value`; repeated tags must all be there. */
  tag: anyOf(z.string().regex(/^[^:]{1,128}:.{0,1024}$/s, "Write tags as key:value.")),
  owner: z.string().max(200).optional(),
  min_parameters: count.optional(),
  max_parameters: count.optional(),
  sort: modelSortSchema.default("-updated_at"),
  facets: z.stringbool().default(false),
  ...pageQuery,
});
export type ListModelsQuery = z.infer<typeof listModelsQuery>;

export const facetsSchema = z.object({
  framework: z.record(z.string(), z.number()),
  format: z.record(z.string(), z.number()),
  stage: z.record(z.string(), z.number()),
  verdict: z.record(z.string(), z.number()),
  owner: z.record(z.string(), z.number()),
  tag: z.record(z.string(), z.number()),
});

export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable(), total: z.number().int() });

export const modelListSchema = page(modelSchema).extend({ facets: facetsSchema.optional() });

export const updateModelBody = z
  .strictObject({
    description: descriptionSchema,
    tags: tagsSchema,
    owner: z.string().trim().min(1).max(200),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "Give at least one of description, tags, owner.");

export const updateVersionBody = z
  .strictObject({ description: descriptionSchema, tags: tagsSchema })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "Give at least one of description, tags.");

export const setStageBody = z.strictObject({
  stage: stageSchema,
  comment: z.string().max(2000).optional(),
});
export const moveAliasBody = z.strictObject({ version: z.string().min(1).max(256) });

export const versionTextSchema = z.string().trim().min(1).max(128);

/** The fields of a registration, the files aside (multipart and JSON share them). */
export const registrationFields = {
  name: modelNameSchema,
  framework: frameworkSchema.optional(),
  version: versionTextSchema.optional(),
  bump: bumpSchema.optional(),
  description: descriptionSchema.optional(),
  metadata: metadataSchema.optional(),
  tags: tagsSchema.optional(),
};
export const registrationSchema = z.strictObject(registrationFields);
export type Registration = z.infer<typeof registrationSchema>;

export const registerJsonBody = z.strictObject({
  ...registrationFields,
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(1024), digest }))
    .min(1)
    .max(10_000),
});

export const listVersionsQuery = z.strictObject({ stage: anyOf(stageSchema), ...pageQuery });
export const listTensorsQuery = z.strictObject({
  query: z.string().trim().max(200).optional(),
  ...pageQuery,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export const downloadQuery = z.strictObject({
  /** Serves a `suspicious` version all the same; nothing serves a `malicious` one. */
  accept_risk: z.stringbool().default(false),
});

export const aliasHistoryQuery = z.strictObject({ at: timestamp.optional() });
export const aliasHistorySchema = z.object({
  alias: z.string(),
  version: z.string().nullable(),
  items: z.array(aliasEventSchema),
});

export const modelCardSchema = z.object({
  markdown: z.string(),
  source: z.enum(["readme", "description", "none"]),
  license: z.string().nullable(),
  tags: z.array(z.string()),
  library_name: z.string().nullable(),
  pipeline_tag: z.string().nullable(),
});

export const nextVersionsSchema = z.object({
  current: z.string().nullable(),
  patch: z.string(),
  minor: z.string(),
  major: z.string(),
});

export type ModelWire = z.infer<typeof modelSchema>;
export type ModelDetailWire = z.infer<typeof modelDetailSchema>;
export type ModelListWire = z.infer<typeof modelListSchema>;
export type VersionWire = z.infer<typeof versionSchema>;
export type VersionSummaryWire = z.infer<typeof versionSummarySchema>;
export type TensorWire = z.infer<typeof tensorSchema>;
export type FileWire = z.infer<typeof fileSchema>;
export type FindingWire = z.infer<typeof findingSchema>;
export type AliasWire = z.infer<typeof aliasSchema>;
export type AliasEventWire = z.infer<typeof aliasEventSchema>;
export type TrashedModelWire = z.infer<typeof trashedModelSchema>;
export type TrashedVersionWire = z.infer<typeof trashedVersionSchema>;
export type FacetsWire = z.infer<typeof facetsSchema>;
