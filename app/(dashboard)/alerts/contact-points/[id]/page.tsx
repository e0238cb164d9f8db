import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import {
  type DeliveriesParams,
  parseDeliveriesAddress,
} from "#components/deliveries/deliveries-address.ts";
import { DeliveriesTable } from "#components/deliveries/deliveries-table.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { listContactDeliveries } from "#lib/notifications/contact-deliveries.ts";
import { listContactPoints } from "#lib/notifications/contact-points.ts";
import { adminContext } from "../../../_components/admin-context.tsx";
import { ContactActions } from "../_components/contact-actions.tsx";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("alerts.contacts");
  return { title: t("title") };
}

/** What one contact point was told, and what came of it. */
export default async function ContactPointPage(props: {
  params: Promise<{ id: string }>;
  searchParams: Promise<DeliveriesParams>;
}) {
  const [{ id }, params] = await Promise.all([props.params, props.searchParams]);
  const [t, { ctx, closed }] = await Promise.all([
    getTranslations("alerts.contacts"),
    adminContext("contact.manage", { needsAccounts: false }),
  ]);
  if (ctx === null) return closed;
  const point = (await listContactPoints(ctx)).items.find((known) => known.id === id);
  // One that is gone, maybe a moment ago, leads to the list.
  if (point === undefined) redirect("/alerts/contact-points");
  const address = parseDeliveriesAddress(params);
  const log = await readLog(ctx, id, address);
  return (
    <>
      <PageHeader
        title={t("logOf", { name: point.name })}
        description={point.kind === "email" ? point.addresses.join(", ") : `${point.host}/…`}
        actions={<ContactActions point={point} />}
      />
      <DeliveriesTable
        items={log.items}
        total={log.total}
        href={`/alerts/contact-points/${id}`}
        api={`/contact-points/${id}`}
        state={address.state}
        cursor={address.cursor}
        nextCursor={log.next_cursor}
      />
    </>
  );
}

/** An old cursor leads to the first page. */
async function readLog(
  ctx: Ctx,
  id: string,
  { state, cursor }: ReturnType<typeof parseDeliveriesAddress>,
) {
  const input = { id, limit: PAGE_SIZE, ...(state ? { state } : {}) };
  try {
    return await listContactDeliveries(ctx, { ...input, cursor });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return listContactDeliveries(ctx, input);
  }
}
