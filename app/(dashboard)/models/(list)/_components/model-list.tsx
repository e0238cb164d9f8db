import { useTranslations } from "next-intl";
import type { ModelListWire } from "#lib/models/schema.ts";
import { ActiveFilters } from "./active-filters.tsx";
import { FacetGroup } from "./facet-group.tsx";
import { Filters } from "./filters.tsx";
import { hasFilters, type ListAddress, MULTI_FACETS } from "./list-address.ts";
import { SortChoice } from "./list-choices.tsx";
import { ModelsTable } from "./models-table.tsx";
import { NothingMatches } from "./no-models.tsx";
import { Pager } from "./pager.tsx";
import { ParametersFilter } from "./parameters-filter.tsx";
import { SavedViews } from "./saved-views.tsx";
import { SearchBox } from "./search-box.tsx";
import { SupportFilter } from "./support-filter.tsx";

const FACETS = ["framework", "stage", "verdict", "format", "owner", "tag"] as const;

/** Search, filters, rows and pages. */
export function ModelList(props: {
  list: ModelListWire;
  address: ListAddress;
  /** Whether the configuration says which versions of a framework it supports. */
  hasSupport: boolean;
}) {
  const { list, address } = props;
  const t = useTranslations("models");
  const facets = list.facets;
  const chosen = [
    ...MULTI_FACETS.flatMap((facet) => address[facet] ?? []),
    address.owner,
    address.framework_support,
    address.min_parameters,
    address.max_parameters,
  ].filter((value) => value !== undefined);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 lg:grid-cols-[13rem_minmax(0,1fr)]">
      <div className="flex flex-wrap items-center gap-2 lg:col-span-2">
        <SearchBox address={address} />
        <div className="flex flex-wrap gap-2 max-sm:w-full">
          <SortChoice address={address} />
          <SavedViews address={address} />
        </div>
      </div>
      <Filters activeCount={chosen.length}>
        {FACETS.map((facet) => (
          <FacetGroup key={facet} facet={facet} address={address} counts={facets?.[facet] ?? {}} />
        ))}
        {(props.hasSupport || address.framework_support) && <SupportFilter address={address} />}
        <ParametersFilter address={address} />
      </Filters>
      <section aria-label={t("results")} className="min-w-0">
        {hasFilters(address) && <ActiveFilters address={address} />}
        <p role="status" className="sr-only">
          {t("found", { count: list.total })}
        </p>
        <div className="rounded-lg border border-line bg-surface">
          {list.items.length === 0 ? (
            <NothingMatches address={address} />
          ) : (
            <ModelsTable models={list.items} address={address} />
          )}
        </div>
        {list.items.length > 0 && (
          <Pager
            address={address}
            nextCursor={list.next_cursor}
            total={list.total}
            shown={list.items.length}
          />
        )}
      </section>
    </div>
  );
}
