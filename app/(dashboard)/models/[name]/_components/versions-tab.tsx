"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { AliasBadges } from "#components/models/alias-badges.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Bytes, Count, RelativeTime } from "#components/ui/format.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { VersionSummaryWire } from "#lib/models/schema.ts";

const COLUMNS = ["number", "version", "stage", "verdict"] as const;
const NUMBERS = ["parameters", "size", "downloads"] as const;

/** A model's versions, the highest first; each row leads to its page. */
export function VersionsTab({ versions }: { versions: readonly VersionSummaryWire[] }) {
  const t = useTranslations("model.versions");
  if (versions.length === 0) {
    return <EmptyState title={t("emptyTitle")} description={t("emptyText")} />;
  }
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Table>
        <TableHead>
          <tr>
            {COLUMNS.map((column) => (
              <TableHeading key={column}>{t(column)}</TableHeading>
            ))}
            {NUMBERS.map((column) => (
              <TableHeading key={column} className="text-right">
                {t(column)}
              </TableHeading>
            ))}
            <TableHeading>{t("registered")}</TableHeading>
          </tr>
        </TableHead>
        <TableBody>
          {versions.map((version) => (
            <TableRow key={version.number} className="hover:bg-sunken/60">
              <TableCell className="text-muted">#{version.number}</TableCell>
              <TableCell className="min-w-40 max-sm:w-full">
                <Link
                  href={versionHref(version.model, version.version)}
                  prefetch={false}
                  className="font-medium text-accent [overflow-wrap:anywhere] hover:underline"
                >
                  {version.version}
                </Link>
                {version.aliases.length > 0 && (
                  <span className="mt-0.5 flex flex-wrap gap-1">
                    <AliasBadges aliases={version.aliases} />
                  </span>
                )}
              </TableCell>
              <TableCell>
                {version.stage === "none" ? (
                  <span className="text-muted">—</span>
                ) : (
                  <StageBadge stage={version.stage} />
                )}
              </TableCell>
              <TableCell>
                <VerdictBadge verdict={version.verdict} />
              </TableCell>
              <TableCell label={t("parameters")} className="sm:text-right">
                {version.parameters === null ? "—" : <Count value={version.parameters} />}
              </TableCell>
              <TableCell label={t("size")} className="sm:text-right">
                <Bytes value={version.size_bytes} />
              </TableCell>
              <TableCell label={t("downloads")} className="sm:text-right">
                <Count value={version.downloads} />
              </TableCell>
              <TableCell className="text-muted">
                <RelativeTime value={version.created_at} /> · {version.created_by}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
