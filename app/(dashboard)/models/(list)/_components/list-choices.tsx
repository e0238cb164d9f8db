"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Select } from "#components/ui/select.tsx";
import { modelSortSchema } from "#lib/models/request-schema.ts";
import { changedHref, type ListAddress, PAGE_SIZES } from "./list-address.ts";

export function SortChoice({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const router = useRouter();
  return (
    <Select
      aria-label={t("sort")}
      className="w-auto min-w-40 max-sm:flex-1"
      value={address.sort}
      onChange={(event) =>
        router.push(changedHref(address, { sort: modelSortSchema.parse(event.target.value) }))
      }
    >
      {modelSortSchema.options.map((sort) => (
        <option key={sort} value={sort}>
          {t(`sortBy.${sort}`)}
        </option>
      ))}
    </Select>
  );
}

/** The page size lives in the address too, so a shared or saved link keeps it. */
export function PageSizeChoice({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const router = useRouter();
  const sizes: number[] = PAGE_SIZES.some((size) => size === address.limit)
    ? [...PAGE_SIZES]
    : [...PAGE_SIZES, address.limit].sort((a, b) => a - b);
  return (
    <Select
      aria-label={t("pageSize")}
      className="w-auto [&_select]:h-7 [&_select]:text-[13px]"
      value={address.limit}
      onChange={(event) => router.push(changedHref(address, { limit: Number(event.target.value) }))}
    >
      {sizes.map((size) => (
        <option key={size} value={size}>
          {t("perPage", { count: size })}
        </option>
      ))}
    </Select>
  );
}
