/** The wire types of `/webhooks`. */
import { z } from "zod";
import { CHANGE_ACTIONS } from "#lib/audit/schema.ts";
import { isTold } from "#lib/outbox/topics.ts";
import { isOutgoingUrl, URL_MAX_LENGTH } from "#lib/outgoing/parse-outgoing-url.ts";
import { MODEL_NAME_PATTERN, modelNameSchema } from "#lib/wire/names.ts";
import { timestamp } from "#lib/wire/words.ts";

/** What an alert does beside being acknowledged, which is a change like any other. */
const ALERT_EVENTS = ["alert.opened", "alert.resolved"] as const;
/** What a webhook can be told of, by itself. */
export const WEBHOOK_EVENTS: readonly string[] = [
  ...CHANGE_ACTIONS.filter(isTold),
  ...ALERT_EVENTS,
];

/** The changes of one statement are compared with each of them. */
export const WEBHOOKS_MAX = 500;
const PATTERNS_MAX = 100;

export const OFF_REASONS = ["by_hand", "failing", "gone"] as const;

const url = z
  .string()
  .min(1)
  .max(URL_MAX_LENGTH)
  .trim()
  .refine(
    isOutgoingUrl,
    "Use a URL that begins with https:// or http://, without a name and a password in it.",
  );
const description = z.string().max(200).trim();
const events = z
  .array(
    z
      .string()
      .max(100)
      .regex(/^[a-z_]+(\.[a-z_]+)*(\.\*)?$/, "Use an event, or the beginning of events and .*"),
  )
  .max(PATTERNS_MAX);
const models = z
  .array(
    z
      .string()
      .max(129)
      .refine(
        (pattern) => MODEL_NAME_PATTERN.test(pattern.replace(/\*$/, "")),
        "Use a model's name, or the beginning of names followed by *.",
      ),
  )
  .max(PATTERNS_MAX);

export const webhookSchema = z.object({
  id: z.uuid(),
  url: z.string(),
  description: z.string(),
  /** Events, or their beginnings followed by `*`; none stands for all. */
  events: z.array(z.string()),
  /** Models, or the beginnings of their names followed by `*`; none stands for all, and for what is about no model. */
  models: z.array(z.string()),
  enabled: z.boolean(),
  /** Why and since when it is off. */
  off: z.object({ at: timestamp, reason: z.enum(OFF_REASONS) }).nullable(),
  /** Since when nothing could be delivered. */
  failing_since: timestamp.nullable(),
  waiting: z.int(),
  created_at: timestamp,
  created_by: z.string(),
  /** Who saved it last: it is told of what that account may see. */
  saved_at: timestamp,
  saved_by: z.string(),
});
export type WebhookWire = z.infer<typeof webhookSchema>;

/** The secret is told once. */
export const newWebhookSchema = webhookSchema.extend({ secret: z.string() });
export const secretSchema = z.object({ secret: z.string(), old_valid_until: timestamp });

export const createWebhookBody = z.strictObject({
  url,
  description: description.default(""),
  events: events.default([]),
  models: models.default([]),
});
export const updateWebhookBody = z.strictObject({
  url: url.optional(),
  description: description.optional(),
  events: events.optional(),
  models: models.optional(),
  enabled: z.boolean().optional(),
});
export const listWebhooksQuery = z.strictObject({
  /** Those that are told of this model. */
  model: modelNameSchema.optional(),
});
export const webhookParams = z.object({ id: z.uuid().lowercase() });
export const webhookDeliveryParams = z.object({
  id: z.uuid().lowercase(),
  delivery: z.string().regex(/^[1-9][0-9]{0,17}$/, "A delivery is named by its number."),
});
