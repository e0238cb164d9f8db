"use client";

import { Check } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import { Input } from "#components/ui/input.tsx";
import { changedHref, type ListAddress, parseCount } from "./list-address.ts";

/** At least and at most so many parameters, written as people do: 7B, 1.5M. */
export function ParametersFilter({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const locale = useLocale();
  const router = useRouter();
  const id = useId();
  const [error, setError] = useState<"min" | "max" | null>(null);
  const shown = (value: number | undefined) => (value === undefined ? "" : compact(value));
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const min = parseCount(String(form.get("min")));
    const max = parseCount(String(form.get("max")));
    setError(min === null ? "min" : max === null ? "max" : null);
    if (min === null || max === null) return;
    router.push(changedHref(address, { min_parameters: min, max_parameters: max }), {
      scroll: false,
    });
  };
  const input = (name: "min" | "max", value: number | undefined) => (
    <Input
      key={`${name}${value}`}
      name={name}
      inputMode="text"
      autoComplete="off"
      defaultValue={shown(value)}
      title={value === undefined ? undefined : formatInteger(value, locale)}
      aria-label={t(name === "min" ? "minParameters" : "maxParameters")}
      aria-invalid={error === name || undefined}
      aria-describedby={error === name ? `${id}-error` : undefined}
      placeholder={t(name === "min" ? "atLeast" : "atMost")}
      className="h-8 px-2 text-[13px]"
    />
  );
  return (
    <form onSubmit={apply} className="min-w-0">
      <h2 className="mb-1 px-2 font-medium text-muted text-xs">{t("facet.parameters")}</h2>
      <div className="flex items-center gap-1.5 px-2">
        {input("min", address.min_parameters)}
        {input("max", address.max_parameters)}
        <Button type="submit" size="icon" aria-label={t("apply")} title={t("apply")}>
          <Check aria-hidden className="size-4" />
        </Button>
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 px-2 text-danger text-xs">
          {t("parametersInvalid")}
        </p>
      )}
    </form>
  );
}

/** 7000000000 -> "7B" where nothing is lost, else every digit: the shown text can be sent again. */
function compact(value: number): string {
  for (const [size, unit] of [
    [1e12, "T"],
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "K"],
  ] as const) {
    if (value >= size && value % (size / 10) === 0) return `${value / size}${unit}`;
  }
  return String(value);
}
