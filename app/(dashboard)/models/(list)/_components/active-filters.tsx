import { X } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { formatCount } from "#components/ui/format-values.ts";
import {
  changedHref,
  clearedHref,
  type ListAddress,
  MULTI_FACETS,
  toggled,
} from "./list-address.ts";
import { useFacetLabel } from "./use-facet-label.ts";

type Chip = { label: string; href: string };

/** The filters that narrow the list; each chip removes itself. */
export function ActiveFilters({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const chips = useChips(address);
  if (chips.length === 0) return null;
  return (
    <ul aria-label={t("activeFilters")} className="mb-3 flex flex-wrap items-center gap-1.5">
      {chips.map((chip) => (
        <li key={chip.label} className="min-w-0">
          <Link
            href={chip.href}
            prefetch={false}
            scroll={false}
            className="inline-flex min-h-target max-w-full items-center gap-1 rounded-full bg-accent-soft px-2.5 text-accent text-xs hover:underline"
          >
            <span className="sr-only">{t("removeFilter")}</span>
            <span className="truncate">{chip.label}</span>
            <X aria-hidden className="size-3 shrink-0" />
          </Link>
        </li>
      ))}
      <li>
        <Link
          href={clearedHref(address)}
          prefetch={false}
          className="inline-flex min-h-target items-center rounded px-2 text-muted text-xs underline hover:text-ink"
        >
          {t("clearAll")}
        </Link>
      </li>
    </ul>
  );
}

function useChips(address: ListAddress): Chip[] {
  const t = useTranslations("models");
  const locale = useLocale();
  const facetLabel = useFacetLabel();
  const chips: Chip[] = [];
  if (address.query) {
    chips.push({
      label: t("chip", { name: t("search"), value: address.query }),
      href: changedHref(address, { query: undefined }),
    });
  }
  for (const facet of MULTI_FACETS) {
    for (const value of address[facet] ?? []) {
      chips.push({
        label: t("chip", { name: t(`facet.${facet}`), value: facetLabel(facet, value) }),
        href: changedHref(address, { [facet]: toggled<string>(address[facet], value) }),
      });
    }
  }
  if (address.owner) {
    chips.push({
      label: t("chip", { name: t("facet.owner"), value: address.owner }),
      href: changedHref(address, { owner: undefined }),
    });
  }
  if (address.framework_support) {
    const value = t(`support.${address.framework_support}`);
    chips.push({
      label: t("chip", { name: t("facet.support"), value }),
      href: changedHref(address, { framework_support: undefined }),
    });
  }
  for (const [key, name] of [
    ["min_parameters", "minParameters"],
    ["max_parameters", "maxParameters"],
  ] as const) {
    const value = address[key];
    if (value === undefined) continue;
    chips.push({
      label: t("chip", { name: t(name), value: formatCount(value, locale) }),
      href: changedHref(address, { [key]: undefined }),
    });
  }
  return chips;
}
