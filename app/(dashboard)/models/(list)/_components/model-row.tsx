"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { FrameworkBadge } from "#components/models/framework-badge.tsx";
import { StageVersions } from "#components/models/stage-versions.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { cn } from "#components/ui/cn.ts";
import { Bytes, Count, RelativeTime } from "#components/ui/format.tsx";
import { TableCell, TableRow } from "#components/ui/table.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { ListedModelWire } from "#lib/models/schema.ts";
import type { Stage } from "#lib/wire/words.ts";

type ModelRowProps = {
  model: ListedModelWire;
  /** Stages of the filter: the row then shows the version that is in them, instead of the latest. */
  stages: readonly Stage[];
  isSelected: boolean;
  onSelect: (isSelected: boolean) => void;
};

/** One model. The name's link covers the whole row; the checkbox lies above it. */
export function ModelRow({ model, stages, isSelected, onSelect }: ModelRowProps) {
  const t = useTranslations("models");
  const shown = model.stage_versions.find(({ stage }) => stages.includes(stage)) ?? latestOf(model);
  return (
    <TableRow
      className={cn(
        "relative hover:bg-sunken/60 has-[a:focus-visible]:bg-sunken/60",
        isSelected && "bg-accent-soft/60",
      )}
    >
      <TableCell className="w-8 max-sm:w-auto">
        <Checkbox
          className="relative z-10 block"
          aria-label={t("select", { name: model.name })}
          checked={isSelected}
          onChange={(event) => onSelect(event.target.checked)}
        />
      </TableCell>
      <TableCell className="w-full max-w-0 min-w-56 max-sm:max-w-none max-sm:min-w-0 max-sm:flex-1 max-sm:basis-3/4">
        <div className="flex min-w-0 items-baseline gap-2">
          <Link
            href={`/models/${encodeURIComponent(model.name)}`}
            prefetch={false}
            data-row-link
            title={model.name}
            className="min-w-0 truncate rounded font-medium after:absolute after:inset-0 hover:underline"
          >
            {model.name}
          </Link>
          {shown.version && (
            <span className="max-w-1/2 shrink-0 truncate text-muted text-xs" title={shown.version}>
              {shown.version}
            </span>
          )}
        </div>
        {model.description && <p className="truncate text-muted text-xs">{model.description}</p>}
      </TableCell>
      <TableCell className="whitespace-nowrap">
        {shown.framework ? (
          <FrameworkBadge framework={shown.framework} />
        ) : (
          <span className="text-muted">{t("noVersion")}</span>
        )}
      </TableCell>
      <TableCell className={cn(model.stage_versions.length === 0 && "max-sm:hidden")}>
        <StageVersions versions={model.stage_versions} />
      </TableCell>
      <TableCell className={cn(!shown.verdict && "max-sm:hidden")}>
        {shown.verdict && <VerdictBadge verdict={shown.verdict} />}
      </TableCell>
      <TableCell label={t("column.parameters")} className="text-right">
        {shown.parameters === null ? <None /> : <Count value={shown.parameters} />}
      </TableCell>
      <TableCell label={t("column.size")} className="text-right">
        <Bytes value={shown.size_bytes} />
      </TableCell>
      <TableCell label={t("column.downloads")} className="text-right max-xl:hidden max-sm:block">
        <Count value={model.downloads} />
      </TableCell>
      <TableCell label={t("column.updated")} className="text-right text-muted">
        <RelativeTime value={model.updated_at} />
      </TableCell>
    </TableRow>
  );
}

function latestOf(model: ListedModelWire) {
  const { latest_version: version, framework, verdict, parameters, size_bytes } = model;
  return { version, framework, verdict, parameters, size_bytes };
}

/** An unknown value, read out as such. */
function None() {
  const t = useTranslations("common");
  return (
    <span className="text-muted" title={t("unknown")}>
      <span aria-hidden>–</span>
      <span className="sr-only">{t("unknown")}</span>
    </span>
  );
}
