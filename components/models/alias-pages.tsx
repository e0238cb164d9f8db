import { useTranslations } from "next-intl";
import { Pagination } from "#components/ui/pagination.tsx";
import type { AliasPage } from "#lib/models/schema.ts";

/** As many fit beside a page; a model may have hundreds. */
export const ALIASES_PER_PAGE = 10;

/** Leads through the pages of a list of aliases, if there are several. */
export function AliasPages(props: { aliases: AliasPage; pageHref: (page: number) => string }) {
  const t = useTranslations("model.aliases");
  const { items, total, page } = props.aliases;
  if (total <= items.length) return null;
  const before = (page - 1) * ALIASES_PER_PAGE;
  const last = before + items.length;
  return (
    <Pagination
      previousHref={page > 1 ? props.pageHref(page - 1) : null}
      nextHref={last < total ? props.pageHref(page + 1) : null}
      summary={t("range", { from: before + 1, to: last, total })}
    />
  );
}
