"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { versionHref } from "#components/api/paths.ts";
import { AliasBadges } from "#components/models/alias-badges.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
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
import { COMPARED_VERSIONS_MAX } from "#lib/models/request-schema.ts";
import type { VersionSummaryWire } from "#lib/models/schema.ts";
import { CompareBar } from "./compare-bar.tsx";

const COLUMNS = ["number", "version", "stage", "verdict"] as const;
const NUMBERS = ["parameters", "size", "downloads"] as const;

/** A model's versions, the highest first; each row leads to its page, and some are chosen to be compared. */
export function VersionsTab({ versions }: { versions: readonly VersionSummaryWire[] }) {
  const t = useTranslations("model.versions");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = (version: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(version);
    else next.delete(version);
    setChosen(next);
  };
  if (versions.length === 0) {
    return <EmptyState title={t("emptyTitle")} description={t("emptyText")} />;
  }
  const [{ model }] = versions as [VersionSummaryWire];
  const isFull = chosen.size > COMPARED_VERSIONS_MAX;
  return (
    <div className="rounded-lg border border-line bg-surface">
      {versions.length > 1 && (
        <CompareBar
          model={model}
          // The lowest version is what the others are compared with.
          chosen={versions
            .map(({ version }) => version)
            .filter((version) => chosen.has(version))
            .reverse()}
          onClear={() => setChosen(new Set())}
        />
      )}
      <Table>
        <TableHead>
          <tr>
            {versions.length > 1 && (
              <TableHeading className="w-px">
                <span className="sr-only">{t("compare")}</span>
              </TableHeading>
            )}
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
              {versions.length > 1 && (
                <TableCell>
                  <label
                    htmlFor={`compare-${version.number}`}
                    className="flex size-target items-center justify-center"
                  >
                    <Checkbox
                      id={`compare-${version.number}`}
                      aria-label={t("choose", { version: version.version })}
                      checked={chosen.has(version.version)}
                      disabled={isFull && !chosen.has(version.version)}
                      onChange={(event) => choose(version.version, event.target.checked)}
                    />
                  </label>
                </TableCell>
              )}
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
