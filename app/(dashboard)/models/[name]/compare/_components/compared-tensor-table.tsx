"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useIsNarrow } from "#app/(dashboard)/models/[name]/versions/[ref]/_components/use-is-narrow.ts";
import type { ComparedTensorWire } from "#lib/models/compare-schema.ts";
import { ComparedTensorRow } from "./compared-tensor-row.tsx";

const ROW_PX = 48;
/** On a phone a row is a card: its name, a line for the base, and two for each of the others. */
const CARD_PX = { name: 48, base: 24, other: 44 };

type TableProps = {
  tensors: readonly ComparedTensorWire[];
  /** Of the versions, the base first. */
  labels: readonly string[];
};

/** A table of any length: only the visible rows are in the page. */
export function ComparedTensorTable({ tensors, labels }: TableProps) {
  const t = useTranslations("compare.tensors");
  const compare = useTranslations("compare");
  const scroller = useRef<HTMLElement>(null);
  const isNarrow = useIsNarrow();
  const rowPx = isNarrow
    ? CARD_PX.name + CARD_PX.base + CARD_PX.other * (labels.length - 1)
    : ROW_PX;
  const virtual = useVirtualizer({
    count: tensors.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  const visible = virtual.getVirtualItems();
  const first = visible[0]?.index ?? 0;
  const last = visible.at(-1)?.index ?? tensors.length - 1;
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={t("heading")}
      className="max-h-[70dvh] min-h-40 overflow-auto rounded-lg border border-line"
    >
      <table
        aria-label={t("heading")}
        aria-rowcount={tensors.length + 1}
        className="w-full table-fixed text-left text-[13px] max-sm:block"
      >
        <thead className="sticky top-0 z-10 bg-surface text-muted text-xs shadow-[0_1px_0_var(--line)] max-sm:sr-only">
          <tr aria-rowindex={1} className="h-9">
            <th scope="col" className="w-2/5 pr-2 pl-4 font-medium">
              {t("name")}
            </th>
            {labels.map((label, at) => (
              <th key={label} scope="col" className="truncate px-2 font-medium" title={label}>
                {label}
                {at === 0 && <span className="ml-1 font-normal">({compare("base")})</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          <Spacer heightPx={first * rowPx} columns={labels.length + 1} />
          {visible.map(({ index }) => {
            const tensor = tensors[index];
            if (!tensor) return null;
            return (
              <ComparedTensorRow
                key={tensor.name}
                tensor={tensor}
                labels={labels}
                // The header is row 1.
                rowIndex={index + 2}
                heightPx={rowPx}
              />
            );
          })}
          <Spacer
            heightPx={Math.max(0, tensors.length - 1 - last) * rowPx}
            columns={labels.length + 1}
          />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows above and below the visible ones. */
function Spacer({ heightPx, columns }: { heightPx: number; columns: number }) {
  if (heightPx === 0) return null;
  return (
    <tr aria-hidden className="max-sm:block" style={{ height: heightPx }}>
      <td colSpan={columns} />
    </tr>
  );
}
