/** What a run did, could not do, or found changed on both sides: rows as it happens, and counters for its operation. */
import { isRegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Progress } from "#lib/operations/store.ts";
import type { ItemKind, Outcome } from "./schema.ts";
import { TheirError } from "./their-error.ts";
import type { TheirServer } from "./their-server.ts";

/** A run that has more to tell says how much it has left out. */
const ITEMS_MAX = 20_000;
const TEXT_MAX_LENGTH = 300;
/** Runs of one rule whose reports are kept. */
const RUNS_KEPT = 20;
const SAVE_EVERY_MS = 1_000;
/** After so many requests without an answer the server is taken for gone. */
const SILENCES_MAX = 4;

export type Subject = { model: string; version?: string; field: string };
export type Told = Subject & {
  kind: ItemKind;
  outcome: Outcome;
  ours?: string | null | undefined;
  theirs?: string | null | undefined;
  detail?: string;
};

export class RunReport {
  readonly #ctx: ModelCtx;
  readonly #at: { syncId: string; operationId: bigint };
  readonly #server: TheirServer;
  readonly #save: (progress: Progress) => Promise<void>;
  readonly counts = { models: 0, total_models: 0, bytes_in: 0, bytes_out: 0 };
  #items = 0;
  #savedAt = 0;
  #expected: ReadonlyMap<string, string> = new Map();

  constructor(
    ctx: ModelCtx,
    at: { syncId: string; operationId: bigint },
    tools: { server: TheirServer; save: (progress: Progress) => Promise<void> },
  ) {
    this.#ctx = ctx;
    this.#at = at;
    this.#server = tools.server;
    this.#save = tools.save;
  }

  /** An earlier attempt of this run has told its changes, which stay; the rest is found again. */
  async begin(): Promise<void> {
    const { syncId, operationId } = this.#at;
    const { mlflowSyncItem: items } = this.#ctx.db;
    await items.deleteMany({ where: { operationId, kind: { not: "change" } } });
    this.#items = await items.count({ where: { operationId } });
    await this.#ctx.db.$executeRaw`
      delete from mlflow_sync_item where sync_id = ${syncId}::uuid and operation_id not in (
        select distinct operation_id from mlflow_sync_item where sync_id = ${syncId}::uuid
        order by operation_id desc limit ${RUNS_KEPT})`;
  }

  /** What the last run failed at, a trial run does not promise: the next run tries it again, and nobody knows how it ends. */
  expect(problems: ReadonlyMap<string, string>): void {
    this.#expected = problems;
  }

  async tell(told: Told): Promise<void> {
    const reason = this.#expected.get(keyOf(told));
    if (told.kind !== "change" || reason === undefined) return this.#write(told);
    const detail = `The last run could not do this: ${reason}`;
    await this.#write({ ...told, kind: "problem", outcome: "left", detail });
  }

  async #write({ kind, model, version = "", field, ours, theirs, outcome, detail = "" }: Told) {
    this.#items += 1;
    if (this.#items > ITEMS_MAX) return;
    const texts = { ours: shown(ours), theirs: shown(theirs), detail: shown(detail) ?? "" };
    const row = { ...this.#at, kind, model, version, field: shown(field) ?? "", outcome, ...texts };
    await this.#ctx.db.mlflowSyncItem.createMany({ data: [row], skipDuplicates: true });
  }

  /** What one model or version is refused for is told, and the run goes on. Throws what ends the run. */
  async problem(error: unknown, about: Subject): Promise<void> {
    const text = reasonOf(error);
    if (text === null || this.#server.silences >= SILENCES_MAX) throw error;
    await this.tell({ kind: "problem", ...about, outcome: "left", detail: text });
  }

  async saveNow(): Promise<Progress> {
    const rows = await this.#ctx.db.mlflowSyncItem.groupBy({
      by: ["kind"],
      where: this.#at,
      _count: true,
    });
    const versions = await this.#ctx.db.mlflowSyncItem.groupBy({
      by: ["outcome"],
      where: { ...this.#at, kind: "change", field: "version" },
      _count: true,
    });
    const of = (kind: ItemKind) => rows.find((row) => row.kind === kind)?._count ?? 0;
    const moved = (way: Outcome) => versions.find((row) => row.outcome === way)?._count ?? 0;
    const progress = {
      ...this.counts,
      ...{ pulled_versions: moved("pulled"), pushed_versions: moved("pushed") },
      ...{ changes: of("change"), conflicts: of("conflict"), problems: of("problem") },
      requests: this.#server.requests,
      left_out: Math.max(0, this.#items - ITEMS_MAX),
    };
    this.#savedAt = performance.now();
    await this.#save(progress);
    return progress;
  }

  async saveSometimes(): Promise<void> {
    if (performance.now() - this.#savedAt >= SAVE_EVERY_MS) await this.saveNow();
  }
}

/** What an item is about. */
export function keyOf({ model, version = "", field }: Subject): string {
  return JSON.stringify([model, version, shown(field)]);
}

/** null: what no other model would fare better with. */
function reasonOf(error: unknown): string | null {
  if (error instanceof TheirError) return error.problem === "refused" ? null : error.message;
  if (isRegistryError(error) && error.status < 500) return error.detail;
  return null;
}

function shown(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const clean = text.replaceAll("\0", "").toWellFormed();
  return clean.length <= TEXT_MAX_LENGTH
    ? clean
    : `${clean.slice(0, TEXT_MAX_LENGTH - 1)}…`.toWellFormed();
}
