import Link from "next/link";
import { useTranslations } from "next-intl";
import { RoleBadge, StateBadge } from "#components/accounts/account-badges.tsx";
import { GroupList } from "#components/accounts/group-list.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";

/** Accounts of one kind, each with a page of its own. */
export function AccountsTable(props: {
  title: string;
  path: "/admin/users" | "/admin/service-accounts";
  items: readonly AccountWire[];
  firstHref: string | null;
  nextHref: string | null;
}) {
  const t = useTranslations("admin");
  return (
    <Card title={props.title} bodyClassName="p-0">
      {props.items.length === 0 ? (
        <p className="p-4 text-muted">{t("noMatch")}</p>
      ) : (
        <Table aria-label={props.title}>
          <TableTitles titles={[t("name"), t("role"), t("state"), t("inGroups"), t("seen")]} />
          <TableBody>
            {props.items.map((account) => (
              <Row key={account.id} account={account} path={props.path} />
            ))}
          </TableBody>
        </Table>
      )}
      <CardPager
        firstHref={props.firstHref}
        firstLabel={t("firstPage")}
        nextHref={props.nextHref}
      />
    </Card>
  );
}

function Row({ account, path }: { account: AccountWire; path: string }) {
  const t = useTranslations("admin");
  const about = [account.display_name, account.email].filter(Boolean).join(" · ");
  return (
    <TableRow>
      <TableCell className="max-w-80 max-sm:basis-full">
        <Link
          href={`${path}/${account.id}`}
          prefetch={false}
          className="font-medium underline [overflow-wrap:anywhere]"
        >
          {account.name}
        </Link>
        {about && (
          <p className="truncate text-muted text-xs" title={about}>
            {about}
          </p>
        )}
      </TableCell>
      <TableCell>
        <RoleBadge role={account.role} />
      </TableCell>
      <TableCell>
        <StateBadge isDisabled={account.disabled} />
      </TableCell>
      <TableCell className="max-w-72">
        <GroupList names={account.groups} />
      </TableCell>
      <TableCell label={t("seen")}>
        {account.last_seen_at === null ? (
          <span className="text-muted">{t("never")}</span>
        ) : (
          <RelativeTime value={account.last_seen_at} />
        )}
      </TableCell>
    </TableRow>
  );
}
