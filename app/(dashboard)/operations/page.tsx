import { ListChecks } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { FollowRun } from "#components/storage/follow-run.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { isRegistryError } from "#lib/errors.ts";
import { listOperations } from "#lib/operations/list-operations.ts";
import { Locked } from "../_components/locked.tsx";
import { OperationFilters } from "./_components/operation-filters.tsx";
import {
  type OperationsAddress,
  type OperationsParams,
  operationsHref,
  parseOperationsAddress,
} from "./_components/operations-address.ts";
import { OperationsTable } from "./_components/operations-table.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("operations");
  return { title: t("title") };
}

/** What runs in the background, what waits, and how the rest ended. */
export default async function OperationsPage(props: { searchParams: Promise<OperationsParams> }) {
  if (!may(await pageContext(), "operation.read")) return <Locked />;
  const address = parseOperationsAddress(await props.searchParams);
  const [t, { operations, isManager }] = await Promise.all([
    getTranslations("operations"),
    readOperations(address),
  ]);
  const { cursor, ...filters } = address;
  const isFiltered = Object.keys(address).length > 0;
  return (
    <>
      <LiveRefresh />
      <FollowRun isRunning={operations.items.some(({ state }) => state === "running")} />
      <PageHeader title={t("title")} description={t("text")} />
      {operations.total === 0 && !isFiltered ? (
        <Card>
          <EmptyState icon={ListChecks} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <>
          <OperationFilters address={filters} />
          <OperationsTable
            items={operations.items}
            total={operations.total}
            isManager={isManager}
            firstHref={cursor === undefined ? null : operationsHref(filters)}
            nextHref={
              operations.next_cursor === null
                ? null
                : operationsHref({ ...filters, cursor: operations.next_cursor })
            }
          />
        </>
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readOperations(address: OperationsAddress) {
  const ctx = await pageContext();
  try {
    const operations = await listOperations(ctx, { ...address, limit: PAGE_SIZE });
    return { operations, isManager: may(ctx, "operation.manage") };
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    const { cursor: _, ...filters } = address;
    return redirect(operationsHref(filters));
  }
}
