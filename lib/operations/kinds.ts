import type { QueuedKind } from "./schema.ts";
import type { OperationTask } from "./tasks.ts";

/** Which task carries out an operation of a kind. */
export const TASK_OF_KIND: Readonly<Record<QueuedKind, OperationTask>> = {
  collection: "collect-blobs",
  scrub: "scrub-blobs",
  purge: "remove-purged",
  backup: "back-up",
  verification: "verify-backup",
  drill: "drill-backup",
  mlflow_sync: "sync-with-mlflow",
  import: "import-version",
  conversion: "convert-version",
  rescan: "rescan-versions",
};
