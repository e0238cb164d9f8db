"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useMemo, useRef, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import type { TensorWire } from "#lib/models/schema.ts";
import { TensorTableRow } from "./tensor-row.tsx";
import { buildTensorTree, listTensorRows, type TensorRow } from "./tensor-tree.ts";
import { useIsNarrow } from "./use-is-narrow.ts";

const ROW_PX = 34;
/** On a phone a row is a card of two lines. */
const CARD_PX = 60;
/** Small trees open at once; large ones show their first prefixes. */
const OPEN_ALL_MAX = 60;

const COLUMNS = [
  ["name", "pl-4"],
  ["dtype", "w-20"],
  ["shape", "w-40"],
  ["bytes", "w-24 text-right"],
  ["file", "w-48 pr-4"],
] as const;

type TensorTableProps = {
  tensors: readonly TensorWire[];
  isFlat: boolean;
  /** A search opens every group, or its hits would be hidden. */
  isSearch: boolean;
};

/** A table of any length: only the visible rows are in the page. */
export function TensorTable({ tensors, isFlat, isSearch }: TensorTableProps) {
  const t = useTranslations("version.tensors");
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [isAllOpen, setAllOpen] = useState<boolean | null>(null);
  const tree = useMemo(() => buildTensorTree(tensors), [tensors]);
  const rows = useMemo(() => {
    if (isFlat) return tensors.map(toFlatRow);
    const isOpenAtFirst = isAllOpen ?? (isSearch || tensors.length <= OPEN_ALL_MAX);
    // A prefix that all tensors share says nothing while it is closed.
    const isLone = (depth: number) => depth === 0 && tree.groups.length === 1;
    return listTensorRows(
      tree,
      (path, depth) =>
        toggled.get(path) ?? (isOpenAtFirst || (isAllOpen === null && isLone(depth))),
    );
  }, [tree, tensors, isFlat, isSearch, toggled, isAllOpen]);
  const rowPx = isNarrow ? CARD_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  const setAll = (isOpen: boolean) => {
    setToggled(new Map());
    setAllOpen(isOpen);
  };
  const visible = virtual.getVirtualItems();
  const first = visible[0]?.index ?? 0;
  const last = visible.at(-1)?.index ?? rows.length - 1;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {!isFlat && tree.groups.length > 0 && (
        <div className="flex gap-2">
          <Button size="sm" onClick={() => setAll(true)}>
            {t("openAll")}
          </Button>
          <Button size="sm" onClick={() => setAll(false)}>
            {t("closeAll")}
          </Button>
        </div>
      )}
      <section
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={t("heading")}
        className="max-h-[70dvh] min-h-40 overflow-auto rounded-lg border border-line bg-surface"
      >
        <table
          aria-label={t("heading")}
          aria-rowcount={rows.length + 1}
          className="w-full table-fixed text-left text-[13px] max-sm:block"
        >
          <thead className="sticky top-0 z-10 bg-surface text-muted text-xs shadow-[0_1px_0_var(--line)] max-sm:sr-only">
            <tr aria-rowindex={1} className="h-9">
              {COLUMNS.map(([column, style]) => (
                <th key={column} scope="col" className={cn("px-2 font-medium", style)}>
                  {t(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="max-sm:block">
            <Spacer heightPx={first * rowPx} />
            {visible.map(({ index }) => {
              const row = rows[index];
              if (!row) return null;
              return (
                <TensorTableRow
                  key={row.kind === "group" ? `g ${row.group.path}` : `t ${row.tensor.position}`}
                  row={row}
                  // The header is row 1.
                  rowIndex={index + 2}
                  heightPx={rowPx}
                  onToggle={(path, isOpen) => setToggled(new Map(toggled).set(path, isOpen))}
                />
              );
            })}
            <Spacer heightPx={Math.max(0, rows.length - 1 - last) * rowPx} />
          </tbody>
        </table>
      </section>
    </div>
  );
}

/** Stands for the rows above and below the visible ones. */
function Spacer({ heightPx }: { heightPx: number }) {
  if (heightPx === 0) return null;
  return (
    <tr aria-hidden className="max-sm:block" style={{ height: heightPx }}>
      <td colSpan={COLUMNS.length} />
    </tr>
  );
}

function toFlatRow(tensor: TensorWire): TensorRow {
  return { kind: "tensor", depth: 0, label: tensor.name, tensor };
}
