/** The wire types of `/alerts` and `/silences`. */
import { z } from "zod";
import { pageQuery } from "#lib/wire/page.ts";
import { momentSchema, timestamp } from "#lib/wire/words.ts";
import { ALERT_KINDS, SEVERITIES } from "./kinds.ts";

export const COMMENT_MAX_LENGTH = 2_000;
/** As long as the longest subject: a model's name, a slash and a version. */
const SUBJECT_MAX_LENGTH = 400;

export const alertSchema = z.object({
  id: z.string(),
  kind: z.string(),
  severity: z.enum(SEVERITIES),
  subject: z.string(),
  /** The model that it is about, if it is about one. */
  model: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  opened_at: timestamp,
  last_seen_at: timestamp,
  resolved_at: timestamp.nullable(),
  /** How often it came back within the cool-down. */
  reopened: z.int(),
  /** Since when the contact points know of it; null for one that was silenced. */
  notified_at: timestamp.nullable(),
  acknowledged: z.object({ at: timestamp, by: z.string(), comment: z.string() }).nullable(),
  /** The end of the silence that fits it now. */
  silenced_until: timestamp.nullable(),
});
export type AlertWire = z.infer<typeof alertSchema>;

export const alertParams = z.object({
  id: z.string().regex(/^[1-9][0-9]{0,17}$/, "An alert is named by its number."),
});

const filters = {
  open: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional(),
  kind: z.enum(ALERT_KINDS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  /** A subject, or the beginning of subjects followed by `*`. */
  subject: z.string().max(SUBJECT_MAX_LENGTH).optional(),
  /** Opened in this time. */
  since: momentSchema.optional(),
  until: momentSchema.optional(),
};

export const listAlertsQuery = z.strictObject({ ...filters, ...pageQuery });
export type ListAlertsInput = z.output<typeof listAlertsQuery>;

const comment = z.string().max(COMMENT_MAX_LENGTH).trim();
export const acknowledgeBody = z.strictObject({ comment: comment.default("") });

export const silenceSchema = z.object({
  id: z.string(),
  kind: z.string().nullable(),
  subject: z.string(),
  comment: z.string(),
  starts_at: timestamp,
  ends_at: timestamp,
  created_by: z.string(),
  is_active: z.boolean(),
});
export type SilenceWire = z.infer<typeof silenceSchema>;

export const silenceParams = z.object({
  id: z.string().regex(/^[1-9][0-9]{0,17}$/, "A silence is named by its number."),
});
export const createSilenceBody = z.strictObject({
  /** null: every kind. */
  kind: z.enum(ALERT_KINDS).nullable().default(null),
  /** A subject, or the beginning of subjects followed by `*`. */
  subject: z.string().min(1).max(SUBJECT_MAX_LENGTH).trim().default("*"),
  ends_at: momentSchema,
  comment: comment.default(""),
});
export const changeSilenceBody = z.strictObject({
  ends_at: momentSchema.optional(),
  comment: comment.optional(),
});
export const listSilencesQuery = z.strictObject({
  active: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional(),
  ...pageQuery,
});
