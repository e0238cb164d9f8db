import Link from "next/link";
import { useTranslations } from "next-intl";
import { labelOf } from "#app/(dashboard)/audit/_components/action-labels.ts";
import { auditHref } from "#app/(dashboard)/audit/_components/audit-address.ts";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { AuditEntryWire } from "#lib/audit/schema.ts";

/** What an account did last; the audit log has all of it. */
export function RecentEntries(props: { actor: string; entries: readonly AuditEntryWire[] }) {
  const t = useTranslations("admin");
  const audit = useTranslations("audit");
  return (
    <Card
      title={t("did")}
      actions={
        <LinkButton size="sm" href={auditHref({ actor: props.actor })} prefetch={false}>
          {t("toAudit")}
        </LinkButton>
      }
    >
      {props.entries.length === 0 && <p className="text-muted">{t("didNothing")}</p>}
      <ul className="flex flex-col gap-1.5">
        {props.entries.map((entry) => {
          const label = labelOf(entry.action);
          const subject = [entry.model, entry.version].filter(Boolean).join(" ");
          return (
            <li key={entry.id} className="flex flex-wrap items-baseline gap-x-3">
              <span className="text-muted text-xs">
                <RelativeTime value={entry.at} />
              </span>
              <Link
                href={auditHref({ actor: props.actor, action: entry.action })}
                prefetch={false}
                className="font-medium hover:underline"
              >
                {label ? audit(`actions.${label}`) : entry.action}
              </Link>
              <span className="min-w-0 text-muted [overflow-wrap:anywhere]">{subject}</span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
