"use client";

import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { Bytes, Count } from "#components/ui/format.tsx";
import { formatShape, type TensorRow } from "./tensor-tree.ts";

const ROW_STYLE =
  "border-line border-b hover:bg-sunken/60 max-sm:flex max-sm:flex-wrap max-sm:content-center max-sm:items-center max-sm:gap-x-3 max-sm:px-4";
const CELL_STYLE = "truncate px-2 py-0 max-sm:p-0";
const INDENT_PX = 14;
const CELL_PADDING_PX = 16;

/** One tensor, or a prefix that opens and closes. */
export function TensorTableRow(props: {
  row: TensorRow;
  rowIndex: number;
  heightPx: number;
  onToggle: (path: string, isOpen: boolean) => void;
}) {
  const { row } = props;
  const t = useTranslations("version.tensors");
  const position = { "aria-rowindex": props.rowIndex, style: { height: props.heightPx } };
  const indent = { paddingLeft: row.depth * INDENT_PX + CELL_PADDING_PX };
  if (row.kind === "group") {
    const { group, isOpen } = row;
    return (
      <tr {...position} className={ROW_STYLE}>
        <td className={cn(CELL_STYLE, "max-sm:w-full")} style={indent}>
          <button
            type="button"
            aria-expanded={isOpen}
            title={group.path}
            className="-ml-1.5 inline-flex h-target max-w-full items-center gap-1 rounded pr-1 align-middle"
            onClick={() => props.onToggle(group.path, !isOpen)}
          >
            <ChevronRight
              aria-hidden
              className={cn("size-4 shrink-0 text-muted", isOpen && "rotate-90")}
            />
            <span className="truncate font-medium font-mono">{withoutSeparator(group.label)}</span>
          </button>
        </td>
        <td className="max-sm:hidden" />
        <td className={cn(CELL_STYLE, "text-muted")}>
          <Count value={group.count} /> {t("inGroup", { count: group.count })}
        </td>
        <td className={cn(CELL_STYLE, "text-muted sm:text-right")}>
          <Bytes value={group.sizeBytes} />
        </td>
        <td className="max-sm:hidden" />
      </tr>
    );
  }
  const { tensor } = row;
  return (
    <tr {...position} className={ROW_STYLE}>
      <td className={cn(CELL_STYLE, "font-mono max-sm:w-full")} style={indent} title={tensor.name}>
        {row.label}
        {tensor.group && (
          <span
            className="ml-2 font-sans text-muted text-xs"
            title={t(`groupHint.${tensor.group}`)}
          >
            {t(`group.${tensor.group}`)}
          </span>
        )}
      </td>
      <td className={cn(CELL_STYLE, "font-mono text-muted")}>{tensor.dtype}</td>
      <td
        className={cn(CELL_STYLE, "font-mono tabular-nums")}
        title={`[${tensor.shape.join(", ")}]`}
      >
        {formatShape(tensor.shape, t("scalar"))}
      </td>
      <td className={cn(CELL_STYLE, "sm:text-right")}>
        <Bytes value={tensor.size_bytes} />
      </td>
      <td className={cn(CELL_STYLE, "pr-4 text-muted max-sm:hidden")} title={tensor.file}>
        {tensor.file}
      </td>
    </tr>
  );
}

/** `layers.` -> `layers`; the separator alone stays. */
function withoutSeparator(label: string): string {
  return label.replace(/(?<=.)[./]$/, "");
}
