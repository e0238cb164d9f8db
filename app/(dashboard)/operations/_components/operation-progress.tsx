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
    purge: () =>
      t("progress.purge", { models: progress.models ?? 0, versions: progress.versions ?? 0 }),
    backup: () =>
      t("progress.backup", {
        blobs: count("blobs"),
        total: count("total_blobs"),
        bytes: bytes("bytes"),
        added: progress.new_blobs ?? 0,
      }),
    verification: () =>
      t("progress.verification", {
        blobs: count("blobs"),
        bytes: bytes("bytes"),
        problems: progress.problems ?? 0,
      }),
    drill: () =>
      t("progress.drill", {
        rows: count("rows"),
        versions: progress.versions ?? 0,
        problems: progress.problems ?? 0,
      }),
    mlflow_sync: () =>
      t("progress.mlflow_sync", {
        models: count("models"),
        total: count("total_models"),
        pulled: count("pulled_versions"),
        pushed: count("pushed_versions"),
        conflicts: progress.conflicts ?? 0,
        problems: progress.problems ?? 0,
      }),
    import: () =>
      t("progress.import", {
        files: count("files"),
        total: count("total_files"),
        bytes: bytes("bytes"),
      }),
    conversion: () =>
      t("progress.conversion", {
        files: count("files"),
        total: count("total_files"),
        tensors: count("tensors"),
        bytes: bytes("bytes"),
      }),
    rescan: () =>
      t("progress.rescan", {
        versions: count("versions"),
        total: count("total_versions"),
        worse: progress.worse ?? 0,
        better: progress.better ?? 0,
      }),
    load: () =>
      t("progress.load", {
        ready: count("ready"),
        workers: count("workers"),
        bytes: bytes("bytes_done"),
        failed: progress.failed ?? 0,
      }),
    unload: () =>
      t("progress.unload", {
        ready: count("ready"),
        workers: count("workers"),
        failed: progress.failed ?? 0,
      }),
    restore: () => t("progress.restore", { blobs: count("blobs"), added: count("new_blobs") }),
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

/** By bytes where they are counted: blobs differ in size by nine orders of magnitude. */
function percentOf(progress: OperationWire["progress"]): number | null {
  const [done, total] = progress.total_bytes
    ? [progress.bytes, progress.total_bytes]
    : [progress.versions, progress.total_versions];
  return total ? Math.min(100, Math.floor(((done ?? 0) / total) * 100)) : null;
}
