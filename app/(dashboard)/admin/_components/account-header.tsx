import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { RoleBadge, StateBadge } from "#components/accounts/account-badges.tsx";
import { GroupList } from "#components/accounts/group-list.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";

/** Whose page it is, with the facts as chips. */
export function AccountHeader(props: { account: AccountWire; actions: ReactNode }) {
  const { account } = props;
  const t = useTranslations("admin");
  const about = [account.display_name, account.email].filter(Boolean).join(" · ");
  return (
    <PageHeader title={account.name} actions={props.actions}>
      {about && <p className="text-muted [overflow-wrap:anywhere]">{about}</p>}
      <div className="mt-2 flex flex-wrap items-center gap-1.5">
        <RoleBadge role={account.role} />
        <StateBadge isDisabled={account.disabled} />
        {account.sign_in.map((way) => (
          <Badge key={way}>{t(`signIn.${way}`)}</Badge>
        ))}
        {account.quota_bytes !== null && (
          <Badge>
            {t("quota")} <Bytes value={account.quota_bytes} />
          </Badge>
        )}
        {account.groups.length > 0 && <GroupList names={account.groups} />}
      </div>
      <p className="mt-2 text-muted text-xs">
        {t("seen")}:{" "}
        {account.last_seen_at === null ? t("never") : <RelativeTime value={account.last_seen_at} />}
        {" · "}
        {t("createdBy", { name: account.created_by })} <RelativeTime value={account.created_at} />
      </p>
    </PageHeader>
  );
}
