/**
 * The input of the API about models and versions: bodies, queries and the rules of their fields. Forms check their
 * input by it too, so it depends on zod and the wire types only.
 */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { pageQuery, wholeNumber } from "#lib/wire/page.ts";
import {
  descriptionSchema,
  digest,
  formatSchema,
  frameworkSchema,
  momentSchema,
  quotaSchema,
  stageSchema,
  verdictSchema,
  visibilitySchema,
} from "#lib/wire/words.ts";

export const bumpSchema = z.enum(["major", "minor", "patch"]);

export type Bump = z.infer<typeof bumpSchema>;

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
export const TAGS_MAX_COUNT = 100;
/** As MLflow has them: its clients keep prompts in tags. */
export const TAG_KEY_MAX_LENGTH = 250;
export const TAG_VALUE_MAX_LENGTH = 100_000;
/** All tags of one thing: lists give them with every row. */
export const TAGS_MAX_LENGTH = 262_144;
export const tagsSchema = z.preprocess(
  (value, context) => {
    // The tags are counted before each is looked at: a hundred thousand problems take seconds to write down.
    const count = typeof value === "object" && value !== null ? Object.keys(value).length : 0;
    if (count > TAGS_MAX_COUNT) context.addIssue(`At most ${TAGS_MAX_COUNT} tags.`);
    return value;
  },
  z
    .record(z.string().min(1).max(TAG_KEY_MAX_LENGTH), z.string().max(TAG_VALUE_MAX_LENGTH))
    .refine(
      (tags) => JSON.stringify(tags).length <= TAGS_MAX_LENGTH,
      `All tags together have at most ${TAGS_MAX_LENGTH} characters.`,
    )
    .refine(
      (tags) => !Object.keys(tags).some((key) => FORBIDDEN_KEYS.has(key)),
      "This key is not allowed.",
    ),
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

/** A table that a model takes column by column has thousands; a longer list would be no help to anybody. */
const SIGNATURE_TENSORS_MAX = 1_000;
/** As MAX_DIMENSIONS of the readers: NumPy stops there. */
const SIGNATURE_DIMENSIONS_MAX = 64;
export const SIGNATURE_MAX_LENGTH = 262_144;

const dimensionSchema = z.union(
  [z.int().min(0), z.string().max(128).trim().min(1), z.null()],
  "must be a whole number, or for an open dimension a name or null",
);
const givenTensorSchema = z.strictObject({
  name: z.string().max(250).trim().min(1),
  dtype: z.string().max(64).trim().min(1),
  shape: z.array(dimensionSchema).max(SIGNATURE_DIMENSIONS_MAX).nullable(),
});
const givenTensorsSchema = z
  .array(givenTensorSchema)
  .max(SIGNATURE_TENSORS_MAX)
  .refine(
    (tensors) => new Set(tensors.map(({ name }) => name)).size === tensors.length,
    "Two of these have the same name.",
  );
/** The inputs and outputs that a client says a model has, where its bytes do not say it, or not well. */
export const givenSignatureSchema = z
  .strictObject({ inputs: givenTensorsSchema, outputs: givenTensorsSchema })
  .refine(({ inputs, outputs }) => inputs.length + outputs.length > 0, "Name an input or output.")
  .refine(
    (signature) => JSON.stringify(signature).length <= SIGNATURE_MAX_LENGTH,
    "The signature is over 256 KiB.",
  );

const count = wholeNumber(0, Number.MAX_SAFE_INTEGER);

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

export const frameworkSupportSchema = z.enum(["supported", "outside", "unknown"]);
export type FrameworkSupport = z.infer<typeof frameworkSupportSchema>;

/** A repeated parameter (`framework=onnx&framework=pytorch`) means any of them. */
const anyOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(20).optional(),
  );

export const listModelsQuery = z.strictObject({
  query: z.string().max(200).trim().optional(),
  framework: anyOf(frameworkSchema),
  format: anyOf(formatSchema),
  stage: anyOf(stageSchema),
  verdict: anyOf(verdictSchema),
  /** `key:value`; repeated tags must all be there. */
  tag: anyOf(z.string().regex(/^[^:]{1,128}:.{0,1024}$/s, "Write tags as key:value.")),
  owner: z.string().max(200).optional(),
  min_parameters: count.optional(),
  max_parameters: count.optional(),
  /** Whether the framework's version is within `frameworks.<name>.supported_versions` of the configuration. */
  framework_support: frameworkSupportSchema.optional(),
  sort: modelSortSchema.default("-updated_at"),
  facets: z.stringbool().default(false),
  ...pageQuery,
});
export type ListModelsQuery = z.infer<typeof listModelsQuery>;

export const updateModelBody = z
  .strictObject({
    description: descriptionSchema,
    tags: tagsSchema,
    owner: z.string().max(200).trim().min(1),
    visibility: visibilitySchema,
    quota_bytes: quotaSchema,
  })
  .partial()
  .refine(
    (body) => Object.keys(body).length > 0,
    "Give at least one of description, tags, owner, visibility, quota_bytes.",
  );

export const renameModelBody = z.strictObject({ new_name: modelNameSchema });

export const updateVersionBody = z
  .strictObject({ description: descriptionSchema, tags: tagsSchema })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "Give at least one of description, tags.");

/** The fields that let a version into use although it is not clean: `accept_risk`, and a comment that says why. */
const acceptance = {
  accept_risk: z.boolean().default(false),
  comment: z.string().max(2000).trim().optional(),
};
export const setStageBody = z.strictObject({ stage: stageSchema, ...acceptance });
export const moveAliasBody = z.strictObject({
  version: z.string().min(1).max(256),
  ...acceptance,
});

export const versionTextSchema = z.string().max(128).trim().min(1);

/** The fields of a registration, the files aside (multipart and JSON share them). */
export const registrationFields = {
  name: modelNameSchema,
  framework: frameworkSchema.optional(),
  version: versionTextSchema.optional(),
  bump: bumpSchema.optional(),
  description: descriptionSchema.optional(),
  metadata: metadataSchema.optional(),
  tags: tagsSchema.optional(),
  /** Instead of what the bytes say. */
  signature: givenSignatureSchema.optional(),
  /** Of a new model; that of an existing one stays as it is. */
  visibility: visibilitySchema.optional(),
};
export const registrationSchema = z.strictObject(registrationFields);
export type Registration = z.infer<typeof registrationSchema>;

export const registerJsonBody = z.strictObject({
  ...registrationFields,
  files: z
    .array(
      z.union([
        z.strictObject({ path: z.string().min(1).max(1024), digest }),
        z.strictObject({ path: z.string().min(1).max(1024), upload_id: z.uuid().lowercase() }),
      ]),
    )
    .min(1)
    .max(10_000),
});

export const listVersionsQuery = z.strictObject({ stage: anyOf(stageSchema), ...pageQuery });
export const listTensorsQuery = z.strictObject({
  query: z.string().max(200).trim().optional(),
  ...pageQuery,
  limit: wholeNumber(1, 1000).default(200),
});

/** The most versions that are compared with one. */
export const COMPARED_VERSIONS_MAX = 3;
const comparedRef = z
  .string()
  .max(256)
  .regex(/^@?[A-Za-z0-9_][A-Za-z0-9.+_-]*$/, "Use a version, latest or @alias.");
/** `1.2.0`, `latest` or `@alias`; of another model as `name/1.2.0`. */
export const versionChoiceText = z
  .string()
  .max(385)
  .regex(
    /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,127}\/)?@?[A-Za-z0-9_][A-Za-z0-9.+_-]*$/,
    "Use a version, latest or @alias, or model/version.",
  );
export type VersionChoice = { model: string | undefined; ref: string };

/** Takes a `versionChoiceText` apart. */
export function toVersionChoice(text: string): VersionChoice {
  const slash = text.indexOf("/");
  return { model: slash < 0 ? undefined : text.slice(0, slash), ref: text.slice(slash + 1) };
}

export const compareTensorsQuery = z.strictObject({
  from: comparedRef,
  to: z.preprocess(
    (value) => (Array.isArray(value) || value === undefined ? value : [value]),
    z.array(versionChoiceText).min(1).max(COMPARED_VERSIONS_MAX).meta({
      description: "A version, latest or @alias; `model/version` for another model. Up to three.",
    }),
  ),
  query: z.string().max(200).trim().optional(),
  /** Leaves out what is the same in all of them. */
  differences: z.stringbool().default(false),
  /** Reads the values of the tensors of the page, and compares them. */
  weights: z.stringbool().default(false),
  ...pageQuery,
  limit: wholeNumber(1, 1000).default(200),
});

export const downloadQuery = z.strictObject({
  /** Serves `suspicious` files all the same; nothing serves a `malicious` one. */
  accept_risk: z.stringbool().default(false),
  /** Why, kept in the audit log. */
  comment: z.string().max(2000).trim().optional(),
});

export const aliasHistoryQuery = z.strictObject({ at: momentSchema.optional() });
