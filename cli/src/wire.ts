/**
 * The answers that commands read, as far as they read them. `--json` prints an answer as it came, with the fields that
 * this version does not know.
 */
import * as z from "zod/mini";

const nullableText = z.nullable(z.string());
const texts = z.record(z.string(), z.string());
const bytes = z.number().check(z.int(), z.gte(0));
export const page = <T extends z.ZodMiniType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: nullableText, total: z.number() });

export const modelSchema = z.object({
  name: z.string(),
  description: z.string(),
  owner: z.string(),
  tags: texts,
  latest_version: nullableText,
  version_count: z.number(),
  framework: nullableText,
  format: nullableText,
  verdict: nullableText,
  parameters: z.nullable(z.number()),
  size_bytes: bytes,
  downloads: z.number(),
  created_at: z.string(),
  created_by: z.string(),
  updated_at: z.string(),
});
export type Model = z.infer<typeof modelSchema>;

export const modelDetailSchema = z.extend(modelSchema, {
  aliases: z.array(
    z.object({
      alias: z.string(),
      version: z.string(),
      updated_at: z.string(),
      updated_by: z.string(),
    }),
  ),
});
export type ModelDetail = z.infer<typeof modelDetailSchema>;

const versionFields = {
  model: z.string(),
  version: z.string(),
  number: z.number(),
  digest: z.string(),
  framework: z.string(),
  format: z.string(),
  stage: z.string(),
  aliases: z.array(z.string()),
  description: z.string(),
  tags: texts,
  parameters: z.nullable(z.number()),
  tensors: z.number(),
  size_bytes: bytes,
  created_at: z.string(),
  created_by: z.string(),
  downloads: z.number(),
};
export const versionSummarySchema = z.object({ ...versionFields, verdict: z.string() });
export type VersionSummary = z.infer<typeof versionSummarySchema>;

export const fileSchema = z.object({
  path: z.string(),
  size_bytes: bytes,
  digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
  verdict: z.string(),
});
export type VersionFile = z.infer<typeof fileSchema>;

export const findingSchema = z.object({
  severity: z.string(),
  code: z.string(),
  detail: z.string(),
  file: z.string(),
  offset: z.optional(z.number()),
});
export const versionSchema = z.object({
  ...versionFields,
  metadata: z.record(z.string(), z.unknown()),
  files: z.array(fileSchema),
  withheld: z.array(z.object({ path: z.string(), verdict: z.string() })),
  scan: z.object({
    verdict: z.string(),
    findings: z.array(findingSchema),
    scanned_at: nullableText,
  }),
});
export type Version = z.infer<typeof versionSchema>;

const named = z.array(z.object({ name: z.string() }));
const atPath = z.array(z.object({ path: z.string() }));
const byKey = z.record(z.string(), z.unknown());
export const comparisonSchema = z.object({
  files: z.object({ added: atPath, removed: atPath, changed: atPath }),
  tensors: z.object({
    added: named,
    removed: named,
    changed: named,
    counts: z.object({ added: z.number(), removed: z.number(), changed: z.number() }),
  }),
  metadata: z.object({ added: byKey, removed: byKey, changed: byKey }),
  signature: z.object({ problems: z.array(z.string()) }),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const aliasSchema = z.object({ alias: z.string(), model: z.string(), version: z.string() });
export const aliasHistorySchema = z.object({
  alias: z.string(),
  version: nullableText,
  items: z.array(
    z.object({
      from_version: nullableText,
      to_version: nullableText,
      at: z.string(),
      actor: z.string(),
    }),
  ),
});

/** A part is read from the disk while it is sent, so that its length costs no memory; the cap is against nonsense. */
const PART_MAX_BYTES = 5 * 1024 ** 3;
export const uploadSchema = z.object({
  id: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  size_bytes: bytes,
  part_size_bytes: z.number().check(z.int(), z.gte(1), z.lte(PART_MAX_BYTES)),
  parts: z.number().check(z.int(), z.gte(0), z.lte(100_000)),
  received: z.array(z.number()),
  digest: nullableText,
});
export type Upload = z.infer<typeof uploadSchema>;
export const uploadOrStoredSchema = z.union([z.object({ stored: z.literal(true) }), uploadSchema]);
export const completedSchema = z.object({ digest: z.string(), size_bytes: bytes });

export const meSchema = z.object({ kind: z.string(), name: z.string(), role: z.string() });
export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: nullableText,
});
export const tokenListSchema = z.object({ items: z.array(tokenSchema) });
export const createdTokenSchema = z.extend(tokenSchema, { token: z.string() });
export const exchangedSchema = z.object({ access_token: z.string(), refresh_token: z.string() });

export const readinessSchema = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.optional(z.string()) })),
});

export const chainSchema = z.object({
  entries: z.number(),
  hash: z.string(),
  verification: z.nullable(
    z.object({
      at: z.string(),
      seq: z.string(),
      problem: z.nullable(z.object({ kind: z.string(), seq: nullableText, detail: z.string() })),
    }),
  ),
});

const holder = z.nullable(z.object({ name: z.string() }));
export const grantSchema = z.object({
  id: z.string(),
  user: holder,
  group: holder,
  level: z.string(),
  created_by: z.string(),
});
export type Grant = z.infer<typeof grantSchema>;
export const grantListSchema = z.object({ items: z.array(grantSchema) });
