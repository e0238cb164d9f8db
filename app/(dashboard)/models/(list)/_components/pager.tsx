"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatInteger } from "#components/ui/format-values.ts";
import { Pagination } from "#components/ui/pagination.tsx";
import { changedHref, type ListAddress, listHref } from "./list-address.ts";
import { PageSizeChoice } from "./list-choices.tsx";
import { usePageTrail } from "./use-page-trail.ts";

export function Pager(props: {
  address: ListAddress;
  nextCursor: string | null;
  total: number;
  shown: number;
}) {
  const t = useTranslations("models");
  const locale = useLocale();
  const { address, nextCursor, total, shown } = props;
  const first = changedHref(address, {});
  const place = usePageTrail(first, address.cursor, nextCursor);
  const isFirst = address.cursor === undefined;
  const start = place ? place.before * address.limit + 1 : isFirst ? 1 : null;
  const number = (value: number) => formatInteger(value, locale);
  return (
    <Pagination
      summary={
        start === null
          ? t("rangeUnknown", { shown: number(shown), total: number(total) })
          : t("range", {
              from: number(start),
              to: number(start + shown - 1),
              total: number(total),
            })
      }
      previousHref={
        isFirst ? null : place?.previous ? listHref({ ...address, cursor: place.previous }) : first
      }
      previousLabel={!isFirst && !place ? t("firstPage") : undefined}
      nextHref={nextCursor ? listHref({ ...address, cursor: nextCursor }) : null}
    >
      <PageSizeChoice address={address} />
    </Pagination>
  );
}
