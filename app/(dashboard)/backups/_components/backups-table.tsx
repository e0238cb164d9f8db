import { useLocale, useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import { Table, TableBody, TableCell, TableRow, TableTitles } from "#components/ui/table.tsx";
import type { BackupWire } from "#lib/backup/schema.ts";
import { AskButton } from "./ask-button.tsx";
import { restoreCommand } from "./restore-command.ts";

const TONES: Record<BackupWire["state"], Tone> = {
  sound: "ok",
  damaged: "danger",
  unreadable: "warn",
};

export function BackupsTable(props: { items: readonly BackupWire[]; isManager: boolean }) {
  const t = useTranslations("backups");
  const locale = useLocale();
  return (
    <Card
      title={`${t("title")} (${formatInteger(props.items.length, locale)})`}
      bodyClassName="p-0"
    >
      <Table aria-label={t("title")}>
        <TableTitles
          titles={[t("when"), t("state"), t("size"), t("verified"), t("drilled")]}
          actions={t("action")}
        />
        <TableBody>
          {props.items.map((backup) => (
            <Row key={backup.id} backup={backup} isManager={props.isManager} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function Row({ backup, isManager }: { backup: BackupWire; isManager: boolean }) {
  const t = useTranslations("backups");
  const locale = useLocale();
  const { id, state, problem, verified, drill, missing_blobs } = backup;
  const blobs = formatInteger(verified?.blobs ?? 0, locale);
  return (
    <TableRow>
      <TableCell className="min-w-44 max-sm:basis-full">
        <div className="font-medium">
          <RelativeTime value={backup.created_at} />
        </div>
        <div className="font-mono text-muted text-xs">{id}</div>
      </TableCell>
      <TableCell className="max-w-72 max-sm:order-first max-sm:basis-full">
        <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>
        {problem !== null && (
          <p className="text-danger text-xs [overflow-wrap:anywhere]">{problem}</p>
        )}
        {missing_blobs > 0 && (
          <p className="text-warn text-xs">{t("missing", { count: missing_blobs })}</p>
        )}
      </TableCell>
      <TableCell label={t("size")} className="min-w-40 max-sm:basis-full">
        <Bytes value={backup.size_bytes} />
        <p className="text-muted text-xs">
          {t("contents", {
            rows: formatInteger(backup.rows, locale),
            blobs: formatInteger(backup.blobs, locale),
          })}
          {"; "}
          {t("new", { blobs: backup.new_blobs, bytes: formatBytes(backup.new_bytes, locale) })}
        </p>
      </TableCell>
      <TableCell label={t("verified")}>
        {verified === null ? t("never") : <RelativeTime value={verified.at} />}
        {verified !== null && (
          <p className="text-muted text-xs">{t(verified.is_full ? "full" : "share", { blobs })}</p>
        )}
      </TableCell>
      <TableCell label={t("drilled")}>
        {drill === null ? t("never") : <RelativeTime value={drill.at} />}
        {drill !== null && (
          <p className="text-muted text-xs">
            {t("drillFacts", {
              versions: drill.versions,
              seconds: formatInteger(Math.ceil(drill.seconds), locale),
            })}
          </p>
        )}
      </TableCell>
      <TableCell className="whitespace-nowrap text-right max-sm:ml-auto">
        {isManager && state !== "unreadable" && (
          <AskButton
            path={`/backups/${id}/verify`}
            body={{ all: true }}
            label={t("verify")}
            name={t("verifyName", { id })}
            done={t("verifyStarted")}
            failed={t("verifyNotStarted")}
            isRunning={false}
            isSmall
          />
        )}{" "}
        <CopyButton value={restoreCommand(id)} label={t("restoreOne", { id })} />
      </TableCell>
    </TableRow>
  );
}
