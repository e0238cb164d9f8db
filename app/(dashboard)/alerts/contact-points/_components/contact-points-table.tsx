import { useTranslations } from "next-intl";
import { TestButton } from "#components/deliveries/test-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { ContactPointWire } from "#lib/notifications/schema.ts";
import { ContactDialog } from "./contact-dialog.tsx";
import { ContactRouting } from "./contact-routing.tsx";

export function ContactPointsTable({ items }: { items: readonly ContactPointWire[] }) {
  const t = useTranslations("alerts.contacts");
  return (
    <Card bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableTitles
          titles={[t("name"), t("where"), t("told"), t("state")]}
          actions={t("actions")}
        />
        <TableBody>
          {items.map((point) => (
            <Row key={point.id} point={point} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function Row({ point }: { point: ContactPointWire }) {
  const t = useTranslations("alerts.contacts");
  const { name, enabled } = point;
  const api = `/contact-points/${point.id}`;
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="min-w-32 font-medium [overflow-wrap:anywhere] max-sm:basis-full">
        {name}
        <p className="font-normal text-muted text-xs">{t(`kinds.${point.kind}`)}</p>
      </TableCell>
      <TableCell className="min-w-40 [overflow-wrap:anywhere] max-sm:min-w-0 max-sm:basis-full">
        {point.kind === "email" ? point.addresses.join(", ") : `${point.host}/…`}
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <ContactRouting point={point} />
      </TableCell>
      <TableCell>
        <Badge tone={enabled ? "ok" : "neutral"}>{t(enabled ? "on" : "off")}</Badge>
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <span className="flex flex-wrap justify-end gap-2 max-sm:justify-start">
          <TestButton path={`${api}/test`} name={name} />
          <LinkButton
            size="sm"
            href={`/alerts${api}`}
            prefetch={false}
            aria-label={t("logOf", { name })}
          >
            {t("log")}
          </LinkButton>
          <ContactDialog point={point} />
        </span>
      </TableCell>
    </TableRow>
  );
}
