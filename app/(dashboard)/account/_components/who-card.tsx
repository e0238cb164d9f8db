import Link from "next/link";
import { useTranslations } from "next-intl";
import type { z } from "zod";
import { RoleBadge } from "#components/accounts/account-badges.tsx";
import { GroupList } from "#components/accounts/group-list.tsx";
import { modelHref } from "#components/api/paths.ts";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import type { meSchema } from "#lib/accounts/schema.ts";

/** Those beyond are counted: the list of models has them all. */
const GRANTS_SHOWN = 20;

export function WhoCard({ me }: { me: z.infer<typeof meSchema> }) {
  const t = useTranslations("account");
  const accounts = useTranslations("accounts");
  const more = me.grants.length - GRANTS_SHOWN;
  return (
    <Card title={t("who")}>
      <FactList
        facts={[
          { label: t("name"), value: me.name },
          {
            label: t("role"),
            value: (
              <span className="flex flex-wrap items-center gap-2">
                <RoleBadge role={me.role} />
                <span className="text-muted">{accounts(`roleText.${me.role}`)}</span>
              </span>
            ),
          },
          { label: t("groups"), value: <GroupList names={me.groups} /> },
          {
            label: t("grants"),
            value:
              me.grants.length === 0 ? (
                <span className="text-muted">{t("noGrants")}</span>
              ) : (
                <ul className="flex flex-wrap gap-x-3 gap-y-1">
                  {me.grants.slice(0, GRANTS_SHOWN).map(({ model, level }) => (
                    <li key={model} className="min-w-0">
                      <Link href={modelHref(model)} prefetch={false} className="underline">
                        {model}
                      </Link>{" "}
                      <span className="text-muted">{accounts(`level.${level}`)}</span>
                    </li>
                  ))}
                  {more > 0 && <li className="text-muted">{t("moreGrants", { count: more })}</li>}
                </ul>
              ),
          },
        ]}
      />
    </Card>
  );
}
