import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { SessionWire } from "#lib/accounts/credential-schema.ts";
import { ConfirmButton } from "./confirm-button.tsx";
import { deviceOf } from "./device-of.ts";

/** Browsers that are signed in; `hasUsers` where they are not all of one account. */
export function SessionsTable(props: { items: readonly SessionWire[]; hasUsers?: boolean }) {
  const t = useTranslations("accounts.sessions");
  if (props.items.length === 0) return <p className="p-4 text-muted">{t("none")}</p>;
  return (
    <Table aria-label={t("title")}>
      <TableHead>
        <tr>
          {props.hasUsers && <TableHeading>{t("user")}</TableHeading>}
          <TableHeading>{t("device")}</TableHeading>
          <TableHeading>{t("address")}</TableHeading>
          <TableHeading>{t("begun")}</TableHeading>
          <TableHeading>{t("seen")}</TableHeading>
          <TableHeading>
            <span className="sr-only">{t("actions")}</span>
          </TableHeading>
        </tr>
      </TableHead>
      <TableBody>
        {props.items.map((session) => (
          <Row key={session.id} session={session} hasUser={props.hasUsers ?? false} />
        ))}
      </TableBody>
    </Table>
  );
}

function Row({ session, hasUser }: { session: SessionWire; hasUser: boolean }) {
  const t = useTranslations("accounts.sessions");
  const device = deviceOf(session.user_agent) ?? t("unknownDevice");
  return (
    <TableRow>
      {hasUser && (
        <TableCell
          className="max-w-48 truncate font-medium max-sm:basis-full"
          title={session.user.name}
        >
          {session.user.name}
        </TableCell>
      )}
      <TableCell className="max-sm:basis-full">
        <span
          className="flex flex-wrap items-center gap-1.5"
          title={session.user_agent ?? undefined}
        >
          {device}
          {session.is_current && <Badge tone="accent">{t("this")}</Badge>}
        </span>
      </TableCell>
      <TableCell label={t("address")}>{session.address ?? "–"}</TableCell>
      <TableCell label={t("begun")}>
        <RelativeTime value={session.created_at} />
      </TableCell>
      <TableCell label={t("seen")}>
        <RelativeTime value={session.last_seen_at} />
      </TableCell>
      <TableCell className="text-right">
        {!session.is_current && (
          <ConfirmButton
            label={t("end")}
            ariaLabel={t("endOne", { user: session.user.name, device })}
            title={t("endTitle")}
            text={t("endText", { user: session.user.name, device })}
            done={t("ended")}
            path={`/sessions/${session.id}`}
            isDanger
          />
        )}
      </TableCell>
    </TableRow>
  );
}
