import type { MlflowSync } from "#lib/db/generated/client.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { RunReport } from "./run-report.ts";
import type { Direction, Policy } from "./schema.ts";
import type { TheirServer } from "./their-server.ts";

/** What every step of a run knows. */
export type SyncRun = {
  /** Acts as whoever saved the rule. */
  ctx: ModelCtx;
  sync: MlflowSync & { direction: Direction; policy: Policy };
  server: TheirServer;
  report: RunReport;
  /** Looks, tells what would be done, and changes nothing on either side. */
  isDryRun: boolean;
  /** Keys of the names of models that a trial run has said would be made here. */
  wouldBeMade: Set<string>;
  signal: AbortSignal;
};

export const mayPull = ({ sync }: SyncRun) => sync.direction !== "push";
export const mayPush = ({ sync }: SyncRun) => sync.direction !== "pull";

/** Tags of ours on their versions, which tell them what a version is here; nothing that anybody edits. */
export const OWN_TAGS = "registry.";

/** What a version there says of itself that a run has made: a run that was killed knows it again by that. */
export const PUSH_TAG = `${OWN_TAGS}sync`;
export const pushKey = ({ sync }: SyncRun, digest: string) => `${sync.id}/${digest}`;
