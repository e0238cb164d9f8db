/**
 * The answers of the API about models and versions; their input is in request-schema.ts. Pages import this file too,
 * so it depends on zod and plain lists only. JSON is snake_case; times are RFC 3339 in UTC; sizes are bytes.
 */
import { z } from "zod";
import { page } from "#lib/wire/page.ts";
import {
  digest,
  formatSchema,
  frameworkSchema,
  stageSchema,
  timestamp,
  verdictSchema,
  visibilitySchema,
} from "#lib/wire/words.ts";

const byteCount = z.number().int().nonnegative();
export const findingSchema = z.object({
  severity: z.enum(["info", "suspicious", "malicious", "unscannable"]),
  code: z.string(),
  detail: z.string(),
  file: z.string(),
  offset: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe(
      "Where in the file it is, in bytes; for a member of an archive in the unpacked member.",
    ),
  risk: z.string().optional().describe("What it could do to whoever loads the file."),
  remedy: z.string().optional().describe("How to get rid of it."),
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
  shape: z
    .array(z.union([z.number(), z.string(), z.null()]))
    .nullable()
    .meta({
      description: "A dimension that callers choose is a name or null; null as a whole: not known.",
    }),
});

/** A version in a list: everything but its files, findings and metadata. */
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
  source: z
    .string()
    .nullable()
    .meta({ description: "The URI that a client of MLflow registered it from." }),
  location: z.string().nullable().meta({
    description:
      "Where its bytes are, when they are not here: such a version has no files, and is never the latest.",
  }),
  downloads: z.number().int(),
});

export const versionSchema = versionSummarySchema.omit({ verdict: true }).extend({
  /** The client's claim. `framework` comes from the bytes, and is this claim where they say nothing. */
  framework_declared: frameworkSchema.nullable(),
  metadata: z.record(z.string(), z.unknown()).meta({
    description:
      'As it was registered, its keys in the order in which they were sent; keys that are whole numbers ("0", "12") come first, ascending, and numbers are as JavaScript writes them (1.0 is 1).',
  }),
  framework_version: z.string().nullable().meta({
    description: "Of the framework that wrote it, where the bytes say it.",
  }),
  dtypes: z.record(z.string(), z.number()),
  producer: z.record(z.string(), z.string()),
  signature: z
    .object({ inputs: z.array(signatureTensorSchema), outputs: z.array(signatureTensorSchema) })
    .nullable(),
  signature_given: z.boolean().meta({
    description: "Whether the signature is what the client gave; else it was read from the bytes.",
  }),
  file_count: z.number().int(),
  files: z.array(fileSchema),
  /**
   * The files that a download without `accept_risk` leaves out; with it only those that are not `suspicious` stay
   * out.
   */
  withheld: z.array(fileSchema.pick({ path: true, verdict: true })),
  sha256: z.string().optional(),
  scan: z.object({
    verdict: verdictSchema,
    findings: z.array(findingSchema),
    scanned_at: timestamp.nullable(),
    rules_version: z.number().int().meta({
      description: "The number of the rules that made the verdict; 0 where it is not known.",
    }),
  }),
  updated_at: timestamp,
});

/** A model with its latest version's facts. */
export const modelSchema = z.object({
  name: z.string(),
  external_name: z.string().nullable().meta({
    description: "What clients of MLflow call it, where that is another name.",
  }),
  description: z.string(),
  visibility: visibilitySchema,
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

/** The highest version of each stage that the model has versions in, with its own facts and verdict. */
export const stageVersionSchema = z.object({
  stage: stageSchema,
  version: z.string(),
  verdict: verdictSchema,
  framework: frameworkSchema,
  format: formatSchema,
  parameters: z.number().int().nullable(),
  size_bytes: byteCount,
});
export const listedModelSchema = modelSchema.extend({
  stage_versions: z.array(stageVersionSchema),
});

export const modelDetailSchema = listedModelSchema.extend({
  aliases: z.array(
    z.object({
      alias: z.string(),
      version: z.string(),
      updated_at: timestamp,
      updated_by: z.string(),
    }),
  ),
  latest: versionSummarySchema.nullable(),
  /** Bytes of all live versions: of their files as clients see them, and of their blobs on disk, each counted once. */
  logical_bytes: byteCount,
  stored_bytes: byteCount,
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
  group: z.enum(["training", "copy"]).nullable().meta({
    description:
      "null for a weight of the model; training for what only training goes on with, copy for weights that are listed already. Neither counts in parameters or dtypes.",
  }),
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

export const facetsSchema = z.object({
  framework: z.record(z.string(), z.number()),
  format: z.record(z.string(), z.number()),
  stage: z.record(z.string(), z.number()),
  verdict: z.record(z.string(), z.number()),
  owner: z.record(z.string(), z.number()),
  tag: z.record(z.string(), z.number()),
});

export const modelListSchema = page(listedModelSchema).extend({ facets: facetsSchema.optional() });

export const aliasHistorySchema = z.object({
  alias: z.string(),
  version: z.string().nullable(),
  items: z.array(aliasEventSchema),
});

export const nextVersionsSchema = z.object({
  current: z.string().nullable(),
  patch: z.string(),
  minor: z.string(),
  major: z.string(),
});

export type ModelWire = z.infer<typeof modelSchema>;
export type ListedModelWire = z.infer<typeof listedModelSchema>;
export type StageVersionWire = z.infer<typeof stageVersionSchema>;
export type ModelDetailWire = z.infer<typeof modelDetailSchema>;
export type ModelListWire = z.infer<typeof modelListSchema>;
export type VersionWire = z.infer<typeof versionSchema>;
/** A model without its aliases, a version without its files: pages show these a page at a time. */
export type ModelFacts = Omit<ModelDetailWire, "aliases">;
export type ModelAlias = ModelDetailWire["aliases"][number];
export type VersionFacts = Omit<VersionWire, "files">;
/** `page` counts from 1, `first` is the place of the page's first file in the version, from 0. */
export type FilePage = { items: FileWire[]; total: number; page: number; first: number };
export type AliasPage = { items: ModelAlias[]; total: number; page: number };
export type VersionSummaryWire = z.infer<typeof versionSummarySchema>;
export type TensorWire = z.infer<typeof tensorSchema>;
export type FileWire = z.infer<typeof fileSchema>;
export type FindingWire = z.infer<typeof findingSchema>;
export type AliasWire = z.infer<typeof aliasSchema>;
export type AliasEventWire = z.infer<typeof aliasEventSchema>;
export type TrashedModelWire = z.infer<typeof trashedModelSchema>;
export type TrashedVersionWire = z.infer<typeof trashedVersionSchema>;
export type FacetsWire = z.infer<typeof facetsSchema>;
