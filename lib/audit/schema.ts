/** The wire types of `GET /audit`. */
import { z } from "zod";
import { modelNameSchema } from "#lib/wire/names.ts";
import { pageQuery } from "#lib/wire/page.ts";

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime({ offset: true }),
  actor: z.string(),
  action: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
});
export type AuditEntryWire = z.infer<typeof auditEntrySchema>;

export const listAuditQuery = z.strictObject({
  model: modelNameSchema.optional(),
  version: z.string().max(128).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  ...pageQuery,
});
