import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { ProtectionWire } from "#lib/models/protection/schema.ts";
import { ProtectionDialog } from "./protection-dialog.tsx";

export function ProtectionsTable({ items }: { items: readonly ProtectionWire[] }) {
  const t = useTranslations("admin.protections");
  return (
    <Card title={t("count", { count: items.length })} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableTitles
          titles={[t("pattern"), t("move"), t("requires"), t("changed")]}
          actions={t("actions")}
        />
        <TableBody>
          {items.map((protection) => (
            <Row key={protection.id} protection={protection} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function Row({ protection }: { protection: ProtectionWire }) {
  const t = useTranslations("admin.protections");
  const { pattern, kind, target } = protection;
  const move = t(`kinds.${kind}`, { target });
  return (
    <TableRow className="[&>td]:align-top">
      <TableCell className="max-w-64 max-sm:max-w-none max-sm:basis-full">
        <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{pattern}</code>
      </TableCell>
      <TableCell className="max-w-48 [overflow-wrap:anywhere] max-sm:max-w-none max-sm:basis-full">
        {move}
      </TableCell>
      <TableCell className="max-sm:basis-full">
        <span className="flex flex-wrap gap-1">
          {protection.require_clean && <Badge>{t("clean")}</Badge>}
          {protection.require_same_tensors && <Badge>{t("sameTensors")}</Badge>}
          {protection.approvals > 0 && (
            <Badge>{t("approvalCount", { count: protection.approvals })}</Badge>
          )}
          {protection.rule && (
            <code className="rounded bg-sunken px-1.5 font-mono text-xs leading-5 [overflow-wrap:anywhere]">
              {protection.rule}
            </code>
          )}
        </span>
      </TableCell>
      <TableCell label={t("changed")}>
        <RelativeTime value={protection.updated_at} />
        <p className="text-muted text-xs [overflow-wrap:anywhere] max-sm:inline">
          {" "}
          {protection.updated_by}
        </p>
      </TableCell>
      <TableCell>
        <span className="flex justify-end gap-2">
          <ProtectionDialog protection={protection} />
          <ConfirmButton
            label={t("remove")}
            ariaLabel={t("removeOne", { move, pattern })}
            title={t("removeTitle")}
            text={t("removeText", { move, pattern })}
            done={t("removed")}
            path={`/protections/${protection.id}`}
            isDanger
          />
        </span>
      </TableCell>
    </TableRow>
  );
}
