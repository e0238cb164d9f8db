"use client";

import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { STATS_RANGES } from "#lib/metrics/schema.ts";

type Range = (typeof STATS_RANGES)[number];

/** One choice of several, all visible: radio buttons in the look of a switch. */
export function RangeSwitch(props: { value: Range; onChange: (range: Range) => void }) {
  const t = useTranslations("overview.range");
  return (
    <fieldset className="inline-flex rounded-md border border-line bg-surface p-0.5">
      <legend className="sr-only">{t("label")}</legend>
      {STATS_RANGES.map((range) => (
        <label
          key={range}
          className={cn(
            "relative inline-flex h-7 cursor-pointer items-center rounded px-2.5 text-[13px] text-muted hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent",
            range === props.value && "bg-accent-soft font-medium text-accent hover:text-accent",
          )}
        >
          <input
            type="radio"
            name="range"
            value={range}
            checked={range === props.value}
            onChange={() => props.onChange(range)}
            className="absolute inset-0 cursor-pointer opacity-0"
          />
          {t(range)}
        </label>
      ))}
    </fieldset>
  );
}
