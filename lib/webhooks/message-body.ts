import type { Delivery } from "#lib/db/generated/client.ts";

export type Message = { type: string; timestamp: string; data: Record<string, unknown> };

/** What is sent for a row of the outbox: the same at every attempt. */
export function messageOf({ event, data }: Pick<Delivery, "event" | "data">): Message {
  const { at, ...rest } = data as { at: string } & Record<string, unknown>;
  return { type: event, timestamp: at, data: rest };
}
