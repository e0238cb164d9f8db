"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatShape } from "#app/(dashboard)/models/[name]/versions/[ref]/_components/tensor-tree.ts";
import { cn } from "#components/ui/cn.ts";
import type { ComparedTensorWire, WeightsWire } from "#lib/models/compare-schema.ts";

type Other = ComparedTensorWire["to"][number];
type Typed = NonNullable<ComparedTensorWire["from"]>;

const CELL_STYLE = "px-2 py-0 max-sm:w-full max-sm:p-0";
const TONES: Record<Other["change"], string> = {
  added: "text-ok",
  removed: "text-danger",
  reshaped: "text-warn",
  retyped: "text-warn",
  unchanged: "text-muted",
  absent: "text-muted",
};

/** A name, and what each version has of it: type and shape, and below what became of it. */
export function ComparedTensorRow(props: {
  tensor: ComparedTensorWire;
  labels: readonly string[];
  rowIndex: number;
  heightPx: number;
}) {
  const { tensor, labels } = props;
  return (
    <tr
      aria-rowindex={props.rowIndex}
      style={{ height: props.heightPx }}
      className="border-line border-b hover:bg-sunken/60 max-sm:flex max-sm:flex-col max-sm:px-4"
    >
      <th
        scope="row"
        title={tensor.name}
        className="pr-2 pl-4 font-mono font-normal leading-5 max-sm:flex max-sm:h-12 max-sm:w-full max-sm:items-center max-sm:p-0"
      >
        {/* The end of a long name tells tensors apart. */}
        <span className="line-clamp-2 break-all">{tensor.name}</span>
      </th>
      <td className={cn(CELL_STYLE, "max-sm:h-6")}>
        <Label text={labels[0] ?? ""} />
        {tensor.from === null ? <Nothing /> : <Described tensor={tensor.from} />}
      </td>
      {tensor.to.map((other, at) => (
        <td key={labels[at + 1]} className={cn(CELL_STYLE, "max-sm:h-11")}>
          <Label text={labels[at + 1] ?? ""} />
          {other.tensor === null ? <Nothing /> : <Described tensor={other.tensor} />}
          <Change other={other} />
        </td>
      ))}
    </tr>
  );
}

/** The version, where there is no column to read it from. */
function Label({ text }: { text: string }) {
  return (
    <span aria-hidden className="mr-2 font-medium text-xs sm:hidden">
      {text}
    </span>
  );
}

const Nothing = () => <span className="text-muted">—</span>;

function Described({ tensor }: { tensor: Typed }) {
  const t = useTranslations("compare.tensors");
  const shape = formatShape(tensor.shape, t("scalar"));
  const text = `${tensor.dtype} ${shape}`;
  return (
    <span className="block truncate font-mono tabular-nums max-sm:inline" title={text}>
      {text}
    </span>
  );
}

function Change({ other: { change, weights } }: { other: Other }) {
  const t = useTranslations("compare.tensors");
  if (change === "absent") return null;
  const word = t(`change.${change}`);
  return (
    <span className={cn("block truncate text-xs", TONES[change])}>
      {change !== "unchanged" && word}
      {change !== "unchanged" && weights && " · "}
      {weights ? <Weights weights={weights} /> : change === "unchanged" && t("notMeasured")}
    </span>
  );
}

function Weights({ weights }: { weights: WeightsWire }) {
  const t = useTranslations("compare.tensors");
  const locale = useLocale();
  const { state, reason, relative_difference: relative } = weights;
  if (state === "equal") return t("equal");
  if (state === "unmeasured") return reason && reason !== "shape" ? t(`reason.${reason}`) : null;
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumSignificantDigits: 3 });
  const isTiny = (value: number) => value !== 0 && Math.abs(value) < 1e-4;
  const precise = (value: number) =>
    isTiny(value) ? value.toExponential(2) : number.format(value);
  const most = weights.max_absolute_difference;
  const more = [
    most === null ? null : t("most", { value: precise(most) }),
    weights.changed_values === null ? null : t("changedValues", { count: weights.changed_values }),
    weights.not_finite === 0 ? null : t("notFinite", { count: weights.not_finite }),
  ].filter((part) => part !== null);
  const text =
    relative === null ? t("different") : t("relative", { value: share.format(relative) });
  return (
    <span className="text-warn" title={more.join(" · ")}>
      {text}
      {most !== null && (
        <span className="text-muted"> · {t("most", { value: precise(most) })}</span>
      )}
    </span>
  );
}
