import { Download, ScrollText } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { buttonStyle } from "#components/ui/button-style.ts";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { getChainState } from "#lib/audit/get-chain-state.ts";
import { listAudit } from "#lib/audit/list-audit.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { Locked } from "../_components/locked.tsx";
import {
  type AuditAddress,
  type AuditParams,
  auditHref,
  exportHref,
  parseAuditAddress,
} from "./_components/audit-address.ts";
import { AuditFilters } from "./_components/audit-filters.tsx";
import { AuditTable } from "./_components/audit-table.tsx";
import { ChainCard } from "./_components/chain-card.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;
const FORMATS = [
  ["ndjson", "NDJSON"],
  ["csv", "CSV"],
] as const;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("audit");
  return { title: t("title") };
}

/** Who did what, when and from where, and whether the log can be trusted. */
export default async function AuditPage(props: { searchParams: Promise<AuditParams> }) {
  const [t, ctx, params] = await Promise.all([
    getTranslations("audit"),
    pageContext(),
    props.searchParams,
  ]);
  if (!may(ctx, "audit.read")) return <Locked />;
  const address = parseAuditAddress(params);
  const { cursor, ...filters } = address;
  const [page, chain] = await Promise.all([readEntries(ctx, address), getChainState(ctx)]);
  const isEmpty = page.total === 0 && Object.keys(address).length === 0;
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={FORMATS.map(([format, name]) => (
          <a key={format} href={exportHref(filters, format)} download className={buttonStyle()}>
            <Download aria-hidden className="size-4" />
            {t("export", { format: name })}
          </a>
        ))}
      />
      <ChainCard chain={chain} isManager={may(ctx, "operation.manage")} />
      {isEmpty ? (
        <Card>
          <EmptyState icon={ScrollText} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <>
          <AuditFilters address={filters} />
          <AuditTable
            items={page.items}
            total={page.total}
            firstHref={cursor === undefined ? null : auditHref(filters)}
            nextHref={
              page.next_cursor === null ? null : auditHref({ ...filters, cursor: page.next_cursor })
            }
          />
        </>
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readEntries(ctx: ModelCtx, address: AuditAddress) {
  try {
    return await listAudit(ctx, { ...address, limit: PAGE_SIZE });
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    const { cursor: _, ...filters } = address;
    return redirect(auditHref(filters));
  }
}
