"use client";

import { useLocale, useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatAmount, formatBytes, formatSeconds } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";

type Server = MonitoringWire["servers"][number];
/** Said by name, so that the check of messages finds each. */
type LaneName =
  | "short"
  | "io"
  | "cpu"
  | "backup"
  | "notices"
  | "webhooks"
  | "slow_webhooks"
  | "remote";
const TONES = { live: "ok", left: "neutral", lost: "danger" } as const;

/** The server processes, each with what it does now; its name leads to its own charts. */
export function ServersCard(props: {
  servers: readonly Server[];
  onOpen: (server: string) => void;
}) {
  const t = useTranslations("monitoring.servers");
  return (
    <Card title={t("title")} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableHead>
          <tr>
            <TableHeading>{t("name")}</TableHeading>
            <TableHeading>{t("state")}</TableHeading>
            <TableHeading className="text-right">{t("requests")}</TableHeading>
            <TableHeading className="text-right">{t("cpu")}</TableHeading>
            <TableHeading className="text-right">{t("memory")}</TableHeading>
            <TableHeading className="text-right">{t("loop")}</TableHeading>
            <TableHeading className="text-right">{t("pool")}</TableHeading>
            <TableHeading>{t("lanes")}</TableHeading>
            <TableHeading>{t("version")}</TableHeading>
            <TableHeading>{t("started")}</TableHeading>
            <TableHeading>{t("seen")}</TableHeading>
          </tr>
        </TableHead>
        <TableBody>
          {props.servers.map((server) => (
            <ServerRow key={server.name} server={server} onOpen={() => props.onOpen(server.name)} />
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}

function ServerRow({ server, onOpen }: { server: Server; onOpen: () => void }) {
  const t = useTranslations("monitoring.servers");
  const locale = useLocale();
  const { now } = server;
  const cells = [
    ["requests", now && formatAmount(now.requests, locale)],
    ["cpu", now && formatAmount(now.cpu, locale)],
    ["memory", now && formatBytes(now.rss_bytes, locale)],
    ["loop", now && formatSeconds(now.loop_delay, locale)],
    ["pool", now && t("poolValue", { used: now.pool_used, waiting: now.pool_waiting })],
  ] as const;
  return (
    <TableRow>
      <TableCell className="max-sm:w-full sm:min-w-40">
        <Button variant="ghost" size="sm" className="-ml-2 max-w-full" onClick={onOpen}>
          <span className="truncate">{server.name}</span>
        </Button>
      </TableCell>
      <TableCell label={t("state")}>
        <Badge tone={TONES[server.state]}>{t(`states.${server.state}`)}</Badge>
      </TableCell>
      {cells.map(([key, text]) => (
        <TableCell key={key} label={t(key)} className="text-right">
          {text ?? "–"}
        </TableCell>
      ))}
      <TableCell label={t("lanes")}>
        <Lanes server={server} />
      </TableCell>
      <TableCell label={t("version")}>{server.version}</TableCell>
      <TableCell label={t("started")}>
        <RelativeTime value={server.started_at} />
      </TableCell>
      <TableCell label={t("seen")}>
        <RelativeTime value={server.last_seen_at} />
      </TableCell>
    </TableRow>
  );
}

/** The lanes that have jobs; what a server that is gone ran is said by nobody. */
function Lanes({ server: { lanes, state } }: { server: Server }) {
  const t = useTranslations("monitoring.servers");
  if (state !== "live") return "–";
  if (lanes.length === 0) return t("noLanes");
  const busy = lanes.filter(({ running }) => running > 0);
  if (busy.length === 0) return <span className="text-muted">{t("idle")}</span>;
  return busy
    .map(({ lane, running, places }) =>
      t("laneValue", { lane: t(`laneNames.${lane satisfies LaneName}`), running, places }),
    )
    .join(", ");
}
