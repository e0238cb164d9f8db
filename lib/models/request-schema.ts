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
  stageSchema,
  verdictSchema,
} from "#lib/wire/words.ts";

export const bumpSchema = z.enum(["major", "minor", "patch"]);

export type Bump = z.infer<typeof bumpSchema>;

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
export const TAGS_MAX_COUNT = 100;
export const tagsSchema = z.preprocess(
  (value, context) => {
    // The tags are counted before each is looked at: a hundred thousand problems take seconds to write down.
    const count = typeof value === "object" && value !== null ? Object.keys(value).length : 0;
    if (count > TAGS_MAX_COUNT) context.addIssue(`At most ${TAGS_MAX_COUNT} tags.`);
    return value;
  },
  z
    .record(z.string().min(1).max(128), z.string().max(1024))
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

/** The fields that let a version into use although it is not clean: `accept_risk`, and a comment that says why. */
const acceptance = {
  accept_risk: z.boolean().default(false),
  comment: z.string().trim().max(2000).optional(),
};
export const setStageBody = z.strictObject({ stage: stageSchema, ...acceptance });
export const moveAliasBody = z.strictObject({
  version: z.string().min(1).max(256),
  ...acceptance,
});

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
  query: z.string().trim().max(200).optional(),
  ...pageQuery,
  limit: wholeNumber(1, 1000).default(200),
});

export const downloadQuery = z.strictObject({
  /** Serves `suspicious` files all the same; nothing serves a `malicious` one. */
  accept_risk: z.stringbool().default(false),
});

export const aliasHistoryQuery = z.strictObject({ at: momentSchema.optional() });
