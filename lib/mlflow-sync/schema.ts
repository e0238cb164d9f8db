/** The wire types of `/integrations/mlflow`. */
import { z } from "zod";
import { operationSchema } from "#lib/operations/schema.ts";
import { isOutgoingUrl, URL_MAX_LENGTH } from "#lib/outgoing/parse-outgoing-url.ts";
import { isSchedule } from "#lib/wire/cron.ts";
import { pageQuery } from "#lib/wire/page.ts";
import { timestamp } from "#lib/wire/words.ts";

/** Each is asked whether it is due every minute. */
export const SYNCS_MAX = 100;

export const DIRECTIONS = ["pull", "push", "both"] as const;
export const POLICIES = ["newest", "ours", "theirs", "report"] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Policy = (typeof POLICIES)[number];

const name = z
  .string()
  .max(100)
  .trim()
  .regex(/^[^\s/](.*[^\s])?$/, "Give it a name of 1 to 100 characters.");
const trackingUri = z
  .string()
  .min(1)
  .max(URL_MAX_LENGTH)
  .trim()
  .refine(
    (text) => isOutgoingUrl(text) && !/[?#]/.test(text),
    "Use the URL of the MLflow server, such as https://mlflow.example.org, without a name, a password and a query in it.",
  );
const models = z
  .string()
  .min(1)
  .max(257)
  .regex(
    /^[^/:*]*\*?$/,
    "Use a model's name, or the beginning of names followed by *; * alone is all of them.",
  );
const schedule = z
  .string()
  .max(100)
  .trim()
  .refine(isSchedule, "Use five fields of cron in UTC, such as 0 * * * *.")
  .nullable();
const username = z.string().min(1).max(256).nullable();
const secret = z.string().min(1).max(8_192).nullable();

const fields = {
  name,
  tracking_uri: trackingUri,
  models,
  direction: z.enum(DIRECTIONS),
  schedule,
  policy: z.enum(POLICIES),
  deletions: z.boolean(),
  username,
  secret,
};

export const createSyncBody = z.strictObject({
  ...fields,
  models: models.default("*"),
  direction: fields.direction.default("both"),
  schedule: schedule.default(null),
  policy: fields.policy.default("report"),
  deletions: fields.deletions.default(false),
  username: username.default(null),
  secret: secret.default(null),
});
export const updateSyncBody = z.strictObject(fields).partial();
export const syncParams = z.object({ id: z.uuid().lowercase() });

export const syncSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  tracking_uri: z.string(),
  models: z.string(),
  direction: z.enum(DIRECTIONS),
  schedule: z.string().nullable(),
  policy: z.enum(POLICIES),
  deletions: z.boolean(),
  username: z.string().nullable(),
  /** Whether there is a password or a token; it is never told. */
  has_secret: z.boolean(),
  next_at: timestamp.nullable(),
  /** The newest run. */
  last_run: operationSchema.nullable(),
  created_at: timestamp,
  created_by: z.string(),
  /** In whose name it runs. */
  saved_at: timestamp,
  saved_by: z.string(),
});
export type SyncWire = z.infer<typeof syncSchema>;

/** What holds for one run in place of what the rule says; the rule stays as it is. */
export const overrideBody = z
  .strictObject({
    tracking_uri: trackingUri,
    models,
    direction: fields.direction,
    policy: fields.policy,
    deletions: fields.deletions,
    username: z.string().min(1).max(256),
    secret: z.string().min(1).max(8_192),
  })
  .partial();
const overrideSchema = z
  .object({
    tracking_uri: z.string(),
    models: z.string(),
    direction: fields.direction,
    policy: fields.policy,
    deletions: z.boolean(),
  })
  .partial();
export type OverrideWire = z.infer<typeof overrideSchema>;

export const startSyncBody = z.strictObject({
  /** Says what would be done, and changes nothing on either side. */
  dry_run: z.boolean().default(false),
  override: overrideBody.default({}),
});

export const ITEM_KINDS = ["conflict", "problem", "change"] as const;
export const OUTCOMES = ["pulled", "pushed", "left"] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];
export type Outcome = (typeof OUTCOMES)[number];

export const itemSchema = z.object({
  id: z.string(),
  kind: z.enum(ITEM_KINDS),
  /** As MLflow has it. */
  model: z.string(),
  /** The number there, or `here <number>` for a version that is only here; empty for the model itself. */
  version: z.string(),
  /** `model`, `version`, `deleted`, `description`, `stage`, `tag:<key>`, `alias:<name>`. */
  field: z.string(),
  ours: z.string().nullable(),
  theirs: z.string().nullable(),
  /** Which way it went: from there to here, from here to there, or not at all. */
  outcome: z.enum(OUTCOMES),
  detail: z.string(),
});
export type ItemWire = z.infer<typeof itemSchema>;

export const runSchema = z.object({
  operation: operationSchema,
  dry_run: z.boolean(),
  /** What this run was asked for in place of what the rule says; a credential is never told. */
  override: overrideSchema,
});
export type RunWire = z.infer<typeof runSchema>;
export const reportSchema = runSchema.extend({
  items: z.array(itemSchema),
  next_cursor: z.string().nullable(),
  total: z.int(),
});
export type ReportWire = z.infer<typeof reportSchema>;

export const runParams = z.object({
  id: z.uuid().lowercase(),
  run: z.string().regex(/^[1-9][0-9]{0,17}$/, "A run is named by the number of its operation."),
});
export const reportQuery = z.strictObject({ kind: z.enum(ITEM_KINDS).optional(), ...pageQuery });
