/** The wire types of messages that were sent, or are to be. */
import { z } from "zod";
import { pageQuery } from "#lib/wire/page.ts";
import { timestamp } from "#lib/wire/words.ts";

/** `withheld`: about what the one who saved the webhook may not see. */
export const DELIVERY_STATES = ["pending", "delivered", "failed", "withheld"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const attemptSchema = z.object({
  at: timestamp,
  duration_ms: z.int(),
  /** The status of the answer; null where there was none. */
  status: z.int().nullable(),
  /** Why it was not delivered; null where it was. */
  error: z.string().nullable(),
  /** The beginning of the answer's body. */
  answer: z.string().nullable(),
});
export type AttemptWire = z.infer<typeof attemptSchema>;

export const deliverySchema = z.object({
  id: z.string(),
  /** The same at every attempt (the header `webhook-id`). */
  message_id: z.string(),
  event: z.string(),
  model: z.string().nullable(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  created_at: timestamp,
  /** null for one that has ended. */
  next_attempt_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  /** What was sent, or is to be. */
  request: z.record(z.string(), z.unknown()),
  /** The last attempts, the newest first. */
  log: z.array(attemptSchema),
});
export type DeliveryWire = z.infer<typeof deliverySchema>;

export const listDeliveriesQuery = z.strictObject({
  state: z.enum(DELIVERY_STATES).optional(),
  event: z.string().max(100).optional(),
  ...pageQuery,
});
export type ListDeliveriesInput = z.output<typeof listDeliveriesQuery>;
