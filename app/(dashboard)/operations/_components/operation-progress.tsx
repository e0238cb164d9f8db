import { useLocale, useTranslations } from "next-intl";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import type { OperationWire } from "#lib/operations/schema.ts";

/** What has been done so far, in the words of the kind; a bar while it runs and the whole is known. */
export function OperationProgress({ operation }: { operation: OperationWire }) {
  const t = useTranslations("operations");
  const locale = useLocale();
  const { kind, state, progress } = operation;
  if (Object.keys(progress).length === 0) return <span className="text-muted">–</span>;
  const count = (name: string) => formatInteger(progress[name] ?? 0, locale);
  const bytes = (name: string) => formatBytes(progress[name] ?? 0, locale);
  const words = {
    collection: () =>
      t("progress.collection", { blobs: count("freed_blobs"), bytes: bytes("freed_bytes") }),
    scrub: () =>
      t("progress.scrub", {
        blobs: count("blobs"),
        total: typeof progress.total_blobs === "number" ? count("total_blobs") : "?",
        bytes: bytes("bytes"),
        damaged: progress.damaged ?? 0,
      }),
    reindex: () => t("progress.reindex", { models: count("models"), versions: count("versions") }),
  };
  const percent = state === "running" ? percentOf(progress) : null;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span>{words[kind]()}</span>
      {percent !== null && (
        <div
          role="progressbar"
          aria-label={t(`kinds.${kind}`)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          className="h-1.5 w-full max-w-40 overflow-hidden rounded-full bg-sunken"
        >
          <div className="h-full bg-accent" style={{ width: `${percent}%` }} />
        </div>
      )}
    </div>
  );
}

/** By bytes: blobs differ in size by nine orders of magnitude. */
function percentOf({ bytes, total_bytes }: OperationWire["progress"]): number | null {
  if (!total_bytes) return null;
  return Math.min(100, Math.floor(((bytes ?? 0) / total_bytes) * 100));
}
