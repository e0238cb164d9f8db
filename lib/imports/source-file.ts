import type { Patience } from "#lib/mlflow-sync/within-patience.ts";

/** A file of a source, which is opened when its turn comes. */
export type SourceFile = {
  /** Its path in the version. */
  path: string;
  /** null where only the answer that brings it tells. */
  sizeBytes: number | null;
  /** The reading throws TheirError where it stands still, is cut, or has another length than it said. */
  open: () => Promise<{ sizeBytes: number | null; bytes: AsyncIterable<Uint8Array> }>;
};

export type SourceTools = {
  signal: AbortSignal;
  patience: Patience;
  filesMax: number;
};
