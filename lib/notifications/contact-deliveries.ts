import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { Delivery } from "#lib/db/generated/client.ts";
import { listDeliveries, redeliver } from "#lib/deliveries/list-deliveries.ts";
import { queueDueDeliveries } from "#lib/deliveries/queue-deliveries.ts";
import type { DeliveryWire, ListDeliveriesInput } from "#lib/deliveries/schema.ts";
import { tryOnce } from "#lib/deliveries/try-once.ts";
import { getContactPointRow } from "./contact-points.ts";
import { sendNotice } from "./send-to-contact-point.ts";

const show = ({ data }: Delivery) => data as Record<string, unknown>;

/** Throws `contact_point_not_found`. */
export async function listContactDeliveries(
  ctx: Ctx,
  { id, ...input }: { id: string } & ListDeliveriesInput,
): Promise<{ items: DeliveryWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "contact.manage");
  const point = await getContactPointRow(ctx, id);
  return listDeliveries(ctx, { kind: "contact_point", id: point.id }, input, { show });
}

/** Throws `contact_point_not_found`, `delivery_not_found`. */
export async function redeliverToContactPoint(
  ctx: Ctx,
  { id, delivery }: { id: string; delivery: string },
): Promise<DeliveryWire> {
  assertMay(ctx, "contact.manage");
  const point = await getContactPointRow(ctx, id);
  const row = await redeliver(ctx, { kind: "contact_point", id: point.id }, delivery, { show });
  await queueDueDeliveries(ctx);
  return row;
}

/** Sends a test at once, and gives what came of it; also to one that is off. Throws `contact_point_not_found`. */
export async function testContactPoint(ctx: Ctx, { id }: { id: string }): Promise<DeliveryWire> {
  assertMay(ctx, "contact.manage");
  const point = await getContactPointRow(ctx, id);
  const target = { kind: "contact_point", id: point.id } as const;
  const data = { at: ctx.now().toISOString(), alert: null };
  return tryOnce(
    ctx,
    target,
    { event: "alert.test", data, contactPointId: point.id },
    show,
    (row) => sendNotice(ctx, point, row, new AbortController().signal),
  );
}
