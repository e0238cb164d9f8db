import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { FollowRun } from "#components/storage/follow-run.tsx";
import { RunProgress } from "#components/storage/run-progress.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import type { RunKind, RunWire } from "#lib/blobs/schema.ts";

/** The run that is under way, live; else how the last one ended. The page of operations has the others. */
export function RunState(props: { kind: RunKind; current: RunWire | null; last: RunWire | null }) {
  const t = useTranslations("storage.run");
  const { kind, current, last } = props;
  return (
    <div className="mt-4 empty:hidden">
      <FollowRun isRunning={current !== null} />
      {current ? <RunProgress run={current} /> : last && <LastRun run={last} />}
      {(current ?? last) && (
        <Link
          href={`/operations?kind=${kind}`}
          prefetch={false}
          className="inline-flex min-h-target items-center underline"
        >
          {t(`all.${kind}`)}
        </Link>
      )}
    </div>
  );
}

function LastRun({ run }: { run: RunWire }) {
  const t = useTranslations("storage.run");
  const locale = useLocale();
  const at = run.finished_at ?? run.created_at;
  const words = {
    actor: run.actor,
    blobs: formatInteger(run.blobs, locale),
    bytes: formatBytes(run.bytes, locale),
    freed: formatInteger(run.freed_blobs, locale),
    freedBytes: formatBytes(run.freed_bytes, locale),
    damaged: run.damaged,
    healed: run.healed,
  };
  const key = run.state === "failed" || run.state === "cancelled" ? run.state : run.kind;
  return (
    <p className={run.state === "failed" ? "text-danger" : "text-muted"}>
      <RelativeTime value={at} />: {t(`last.${key}`, words)}
      {run.state === "failed" && run.error !== null && <> {run.error}</>}
    </p>
  );
}
