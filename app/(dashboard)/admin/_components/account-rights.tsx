import Link from "next/link";
import { useTranslations } from "next-intl";
import { RightsList } from "#components/accounts/rights-list.tsx";
import { modelHref } from "#components/api/paths.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import type { RightsWire } from "#lib/accounts/schema.ts";

/** A page stays readable; who has more grants than these has them by a script, which reads the API. */
const GRANTS_SHOWN = 200;

/** What one account may do: in general, and on single models. */
export function AccountRights({ rights }: { rights: RightsWire }) {
  const t = useTranslations("admin");
  const accounts = useTranslations("accounts");
  const more = rights.grants.length - GRANTS_SHOWN;
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <Card title={t("rights")}>
        <RightsList rights={rights} />
      </Card>
      <Card title={t("grants")}>
        {rights.grants.length === 0 && <p className="text-muted">{t("noGrants")}</p>}
        <ul className="flex flex-col gap-1.5">
          {rights.grants.slice(0, GRANTS_SHOWN).map(({ model, level }) => (
            <li key={model} className="flex items-center justify-between gap-2">
              <Link
                href={modelHref(model)}
                prefetch={false}
                className="min-w-0 underline [overflow-wrap:anywhere]"
              >
                {model}
              </Link>
              <Badge>{accounts(`level.${level}`)}</Badge>
            </li>
          ))}
        </ul>
        {more > 0 && <p className="mt-2 text-muted">{t("moreGrants", { count: more })}</p>}
      </Card>
    </div>
  );
}
