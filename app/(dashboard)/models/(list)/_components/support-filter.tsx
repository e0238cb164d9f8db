import { useTranslations } from "next-intl";
import { frameworkSupportSchema } from "#lib/models/request-schema.ts";
import { FilterLink } from "./facet-group.tsx";
import { changedHref, type ListAddress } from "./list-address.ts";

/** Models by whether the configuration supports the version of the framework that wrote them. */
export function SupportFilter({ address }: { address: ListAddress }) {
  const t = useTranslations("models");
  const chosen = address.framework_support;
  return (
    <section aria-labelledby="facet-support" className="min-w-0">
      <h2 id="facet-support" className="mb-1 px-2 font-medium text-muted text-xs">
        {t("facet.support")}
      </h2>
      <ul>
        {frameworkSupportSchema.options.map((value) => (
          <FilterLink
            key={value}
            label={t(`support.${value}`)}
            isChosen={chosen === value}
            href={changedHref(address, { framework_support: chosen === value ? undefined : value })}
          />
        ))}
      </ul>
    </section>
  );
}
