import { ShieldCheck } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { listFindings } from "#lib/models/list-findings.ts";
import { listOperations } from "#lib/operations/list-operations.ts";
import {
  type FindingsAddress,
  type FindingsParams,
  findingsHref,
  parseFindingsAddress,
} from "./_components/findings-address.ts";
import { FindingsFilters } from "./_components/findings-filters.tsx";
import { FindingsTable } from "./_components/findings-table.tsx";
import { RescanButton } from "./_components/rescan-button.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("findings");
  return { title: t("title") };
}

/** What the scan does not clear, over all models that the reader sees. */
export default async function FindingsPage(props: { searchParams: Promise<FindingsParams> }) {
  const address = parseFindingsAddress(await props.searchParams);
  const ctx = await pageContext();
  const [t, findings, isRescanning] = await Promise.all([
    getTranslations("findings"),
    readFindings(ctx, address),
    hasRescan(ctx),
  ]);
  const { cursor, ...filters } = address;
  const isFiltered = Object.keys(address).length > 0;
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={!isRescanning && may(ctx, "operation.manage") && <RescanButton />}
      >
        {isRescanning && (
          <p className="mt-1">
            {t("rescan.running")}{" "}
            <Link href="/operations?kind=rescan" className="underline">
              {t("rescan.follow")}
            </Link>
          </p>
        )}
      </PageHeader>
      {findings.total === 0 && !isFiltered ? (
        <Card>
          <EmptyState icon={ShieldCheck} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <>
          <FindingsFilters address={filters} />
          <FindingsTable
            items={findings.items}
            total={findings.total}
            firstHref={cursor === undefined ? null : findingsHref(filters)}
            nextHref={
              findings.next_cursor === null
                ? null
                : findingsHref({ ...filters, cursor: findings.next_cursor })
            }
          />
        </>
      )}
    </>
  );
}

/** Whether one waits or runs, for whoever may see operations. */
async function hasRescan(ctx: Ctx): Promise<boolean> {
  if (!may(ctx, "operation.read")) return false;
  const { items } = await listOperations(ctx, { kind: "rescan", limit: 1 });
  return items.some(({ state }) => state === "queued" || state === "running");
}

/** An old cursor leads to the first page instead of an error. */
async function readFindings(ctx: Ctx, address: FindingsAddress) {
  try {
    return await listFindings(ctx, { ...address, limit: PAGE_SIZE });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    const { cursor: _, ...filters } = address;
    return redirect(findingsHref(filters));
  }
}
