/** The answers of `GET /models/{name}/compare` and of its tensors: what versions differ in, of one model or of two. */
import { z } from "zod";
import { page } from "#lib/wire/page.ts";
import { fileSchema, tensorSchema, versionSummarySchema } from "./schema.ts";

/** Of each list of tensors; the counts are exact. */
export const LISTED_TENSORS_MAX = 1_000;

const tensor = tensorSchema.pick({ name: true, dtype: true, shape: true, size_bytes: true });
const typed = tensor.omit({ name: true });
const stored = fileSchema.omit({ path: true });
const json = z.unknown();

const side = versionSummarySchema.pick({
  model: true,
  version: true,
  number: true,
  digest: true,
  description: true,
  framework: true,
  format: true,
  stage: true,
  aliases: true,
  verdict: true,
  parameters: true,
  tensors: true,
  size_bytes: true,
  created_at: true,
  created_by: true,
});

/** Why the signatures fit or do not; `name` is that of the input or output. */
const signatureChange = z.object({
  kind: z.enum([
    "input_removed",
    "input_added",
    "input_dtype",
    "input_shape",
    "output_removed",
    "output_added",
    "output_dtype",
    "output_shape",
  ]),
  name: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  is_compatible: z.boolean(),
});

const changes = <T extends z.ZodType>(value: T, changed: z.ZodType) =>
  z.object({
    added: z.record(z.string(), value),
    removed: z.record(z.string(), value),
    changed: z.record(z.string(), changed),
    unchanged: z.number().int(),
  });

const count = z.number().int();

export const comparisonSchema = z.object({
  from: side,
  to: side,
  files: z.object({
    added: z.array(fileSchema),
    removed: z.array(fileSchema),
    changed: z.array(z.object({ path: z.string(), from: stored, to: stored })),
    unchanged: z.number().int(),
  }),
  tensors: z.object({
    added: z.array(tensor),
    removed: z.array(tensor),
    /** Of the same name, with another dtype or shape. */
    changed: z.array(z.object({ name: z.string(), from: typed, to: typed })),
    counts: z.object({
      added: z.number().int(),
      removed: z.number().int(),
      changed: z.number().int(),
      reshaped: count.meta({ description: "Of the changed ones, those with another shape." }),
      retyped: count.meta({ description: "Of the changed ones, those with another dtype." }),
      unchanged: count.meta({
        description: "Of the same name, dtype and shape; their values may differ.",
      }),
      same_bytes: count.meta({
        description:
          "Of the unchanged ones, those in a file that both have: their values are the same. `compare/tensors` compares the values of the others.",
      }),
    }),
  }),
  metadata: changes(
    json,
    z.object({ from: json, to: json, difference: z.number().nullable() }).meta({
      description: "`difference` is `to` minus `from` where both are numbers.",
    }),
  ),
  metrics: z
    .array(
      z.object({
        key: z.string(),
        from: z.number().nullable(),
        to: z.number().nullable(),
        difference: z.number().nullable(),
      }),
    )
    .meta({
      description:
        "The numbers of the metadata, inner ones by their path (`metrics.accuracy`), whether they differ or not.",
    }),
  tags: changes(z.string(), z.object({ from: z.string(), to: z.string() })),
  signature: z.object({
    is_compatible: z.boolean().nullable().meta({
      description:
        "Whether what calls `from` can call `to`: every input and output is there with the same dtype, and a shape that takes the same values. null where one of them has no signature.",
    }),
    verdict: z.enum(["identical", "compatible", "incompatible", "unknown"]),
    problems: z.array(z.string()),
    changes: z.array(signatureChange),
  }),
  card: z
    .object({
      state: z.enum(["none", "same", "added", "removed", "changed", "withheld"]).meta({
        description:
          "Of the README.md; `withheld` where the verdict of one keeps it from being shown.",
      }),
      diff: z.string().nullable().meta({ description: "The unified difference of its lines." }),
      is_cut: z.boolean().meta({ description: "Whether the end of a long difference is missing." }),
    })
    .meta({ description: "Texts with very many changes are told apart as one changed block." }),
});
export type ComparisonWire = z.infer<typeof comparisonSchema>;

const weights = z.object({
  state: z.enum(["equal", "different", "unmeasured"]),
  reason: z
    .enum(["shape", "dtype", "format", "withheld", "damaged", "too_large"])
    .nullable()
    .meta({ description: "Why nothing was measured." }),
  changed_values: count.nullable(),
  relative_difference: z.number().nullable().meta({
    description:
      "||to - from|| / ||from||; null where `from` is all zeros, or where only bytes can be compared.",
  }),
  max_absolute_difference: z.number().nullable(),
  not_finite: count.meta({ description: "Changes from or to NaN or an infinity." }),
});
export type WeightsWire = z.infer<typeof weights>;

export const comparedTensorSchema = z.object({
  name: z.string(),
  from: typed.nullable(),
  to: z.array(
    z.object({
      tensor: typed.nullable(),
      change: z.enum(["added", "removed", "reshaped", "retyped", "unchanged", "absent"]).meta({
        description: "One that has another shape and another dtype is `reshaped`.",
      }),
      weights: weights.nullable().meta({
        description:
          "null where there is nothing to compare, or where it was not asked for. Tensors in a file that both have are equal without a look at them.",
      }),
    }),
  ),
});
export type ComparedTensorWire = z.infer<typeof comparedTensorSchema>;

export const comparedTensorsSchema = page(comparedTensorSchema).extend({
  from: z.object({ model: z.string(), version: z.string() }),
  to: z.array(z.object({ model: z.string(), version: z.string() })),
});
export type ComparedTensorsWire = z.infer<typeof comparedTensorsSchema>;
