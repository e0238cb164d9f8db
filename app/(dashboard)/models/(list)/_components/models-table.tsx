"use client";

import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Table, TableBody, TableHead, TableHeading } from "#components/ui/table.tsx";
import type { ListedModelWire } from "#lib/models/schema.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { changedHref, type ListAddress } from "./list-address.ts";
import { ModelRow } from "./model-row.tsx";
import { useRowKeys } from "./use-row-keys.ts";

type SortField = "name" | "parameters" | "size_bytes" | "downloads" | "updated_at";

export function ModelsTable(props: { models: readonly ListedModelWire[]; address: ListAddress }) {
  const t = useTranslations("models");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  useRowKeys();
  // A refresh may take rows away: only visible rows count as selected.
  const selected = props.models.filter((model) => chosen.has(model.name));
  const isAll = selected.length === props.models.length;
  const select = (name: string, isSelected: boolean) => {
    const next = new Set(chosen);
    if (isSelected) next.add(name);
    else next.delete(name);
    setChosen(next);
  };
  const heading = (field: SortField, label: string, className?: string) => (
    <SortHeading address={props.address} field={field} label={label} className={className} />
  );
  return (
    <>
      <BulkBar models={selected} onDone={() => setChosen(new Set())} />
      <Table aria-label={t("title")}>
        <TableHead>
          <tr>
            <TableHeading className="w-8">
              <Checkbox
                className="block"
                aria-label={t("selectAll")}
                checked={isAll}
                ref={(box) => {
                  if (box) box.indeterminate = selected.length > 0 && !isAll;
                }}
                onChange={() =>
                  setChosen(new Set(isAll ? [] : props.models.map((model) => model.name)))
                }
              />
            </TableHeading>
            {heading("name", t("column.name"))}
            <TableHeading>{t("column.framework")}</TableHeading>
            <TableHeading>{t("column.stage")}</TableHeading>
            <TableHeading>{t("column.verdict")}</TableHeading>
            {heading("parameters", t("column.parameters"), "text-right")}
            {heading("size_bytes", t("column.size"), "text-right")}
            {heading("downloads", t("column.downloads"), "text-right max-xl:hidden")}
            {heading("updated_at", t("column.updated"), "text-right")}
          </tr>
        </TableHead>
        <TableBody>
          {props.models.map((model) => (
            <ModelRow
              key={model.name}
              model={model}
              stages={props.address.stage ?? []}
              isSelected={chosen.has(model.name)}
              onSelect={(isSelected) => select(model.name, isSelected)}
            />
          ))}
        </TableBody>
      </Table>
    </>
  );
}

/** A heading that sorts: names upwards first, everything else the largest or newest first. */
function SortHeading(props: {
  address: ListAddress;
  field: SortField;
  label: string;
  className?: string;
}) {
  const { address, field } = props;
  const isUp = address.sort === field;
  const isDown = address.sort === `-${field}`;
  const goesUp = field === "name" ? !isUp : isDown;
  const Icon = isUp ? ArrowUp : ArrowDown;
  return (
    <TableHeading
      aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}
      className={props.className}
    >
      <Link
        href={changedHref(address, { sort: goesUp ? field : `-${field}` })}
        prefetch={false}
        scroll={false}
        className="inline-flex min-h-target items-center gap-1 rounded hover:text-ink"
      >
        {props.label}
        {(isUp || isDown) && <Icon aria-hidden className="size-3" />}
      </Link>
    </TableHeading>
  );
}
