/** The wire types of `GET /audit` and of the chain. */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { pageQuery } from "#lib/wire/page.ts";
import { momentSchema } from "#lib/wire/words.ts";

/** What changes registered objects; announced to who listens for changes. */
export const CHANGE_ACTIONS = [
  "model.created",
  "model.updated",
  "model.renamed",
  "model.trashed",
  "model.restored",
  "model.rebuilt",
  "model.purged",
  "version.registered",
  "version.imported",
  "version.conversion_started",
  "version.rescanned",
  "version.updated",
  "version.staged",
  "version.trashed",
  "version.restored",
  "version.purged",
  "alias.moved",
  "alias.removed",
  "move.requested",
  "move.approved",
  "move.refused",
  "move.withdrawn",
  "load.requested",
  "unload.requested",
  "load.cancelled",
  "load.succeeded",
  "load.failed",
  "protection.set",
  "protection.removed",
  "storage.collected",
  "operation.cancelled",
  "operation.retried",
  "audit.exported",
  "alert.acknowledged",
  "silence.set",
  "silence.ended",
  "contact.set",
  "contact.removed",
  "webhook.set",
  "webhook.rotated",
  "webhook.removed",
  "sync.set",
  "sync.removed",
  "sync.started",
  "model.shared",
  "account.created",
  "account.updated",
  "account.linked",
  "account.left",
  "group.created",
  "group.updated",
  "group.removed",
  "grant.set",
  "grant.removed",
  "session.started",
  "session.ended",
  "token.created",
  "token.revoked",
  "key.rotated",
] as const;

/** What is counted together within a minute. */
export const REPEATED_ACTIONS = [
  "session.refused",
  "request.refused",
  "version.downloaded",
] as const;

export const AUDIT_ACTIONS = [...CHANGE_ACTIONS, ...REPEATED_ACTIONS] as const;

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime({ offset: true }),
  actor: z.string(),
  actor_id: z.string().nullable(),
  /** The token or session by which the actor came. */
  token_id: z.string().nullable(),
  action: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  /** Place and hash in the chain; null for about a second after the entry was made. */
  seq: z.string().nullable(),
  hash: z.string().nullable(),
});
export type AuditEntryWire = z.infer<typeof auditEntrySchema>;

const auditFilters = {
  model: modelNameSchema.optional(),
  version: z.string().max(128).optional(),
  actor: z.string().max(200).optional(),
  /** With `*` at its end all actions that begin so, such as `version.*`. */
  action: z.string().max(100).optional(),
  address: z.string().max(100).optional(),
  request_id: z.string().max(200).optional(),
  since: momentSchema.optional(),
  until: momentSchema.optional(),
};

export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const listAuditQuery = z.strictObject({
  ...auditFilters,
  /** Everything that the filters let through, as a file; `limit` and `cursor` are for pages. */
  format: z.enum(["json", ...EXPORT_FORMATS]).optional(),
  ...pageQuery,
});

export type AuditFilters = Partial<
  Pick<z.output<typeof listAuditQuery>, keyof typeof auditFilters>
>;

export const CHAIN_PROBLEMS = [
  "changed",
  "removed",
  "inserted",
  "reordered",
  "rewritten",
  "checkpoint",
  "unchained",
] as const;

/** `seq` is the place in the chain, `audit_id` the entry; null where it is not known, or not there. */
export const chainProblemSchema = z.object({
  kind: z.enum(CHAIN_PROBLEMS),
  seq: z.string().nullable(),
  audit_id: z.string().nullable(),
  detail: z.string(),
});
export type ChainProblem = z.infer<typeof chainProblemSchema>;

export type ChainReport = {
  /** How many are proven, from the first on. */
  entries: number;
  /** Of the last proven one, lowercase hex. */
  hash: string;
  checkpoints: number;
  /** Entries that are there and have no place yet. */
  waiting: number;
  problem: ChainProblem | null;
};

export const chainStateSchema = z.object({
  /** How many entries have a place. */
  entries: z.number().int(),
  /** Of the last one. */
  hash: z.string(),
  waiting: z.number().int(),
  checkpoint: z
    .object({ seq: z.string(), hash: z.string(), at: z.string(), key_id: z.string() })
    .nullable(),
  verification: z
    .object({ at: z.string(), seq: z.string(), problem: chainProblemSchema.nullable() })
    .nullable(),
  keys: z.array(z.object({ id: z.string(), public_key: z.string(), created_at: z.string() })),
});
export type ChainState = z.infer<typeof chainStateSchema>;
