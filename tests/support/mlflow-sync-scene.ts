/** A rule and a counterpart for each test of the synchronisation with MLflow servers; `name` begins the names of its models. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { z } from "zod";
import { getReport } from "../../lib/mlflow-sync/get-report.ts";
import { runSync } from "../../lib/mlflow-sync/run-sync.ts";
import { createSync, updateSync } from "../../lib/mlflow-sync/save-sync.ts";
import type { createSyncBody } from "../../lib/mlflow-sync/schema.ts";
import { startSync } from "../../lib/mlflow-sync/start-sync.ts";
import { carryOutOperation } from "../../lib/operations/carry-out-operation.ts";
import { MlflowCounterpart } from "./mlflow-counterpart.ts";
import { modelRegistry } from "./model-registry.ts";

export const registry = modelRegistry({
  MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
});
export const there = new MlflowCounterpart();
beforeAll(() => there.open());
afterAll(() => there.close());

const PATIENCE = { answerMs: 1_000, stallMs: 400, stallBytes: 100, pauseMs: 5 };
export const MLMODEL = "flavors:\n  python_function: {}\n";
let serial = 0;
export let name = "";
export let rule = "";
beforeEach(async () => {
  there.models.clear();
  there.files.clear();
  there.runs.clear();
  there.seen.length = 0;
  there.fault = () => false;
  serial += 1;
  name = `model-${serial}-`;
  rule = await newRule();
});

export async function newRule(
  fields: Partial<z.input<typeof createSyncBody>> = {},
): Promise<string> {
  const made = await createSync(registry.ctx, {
    ...{ name: `rule ${serial} ${Math.random()}`, tracking_uri: there.url, models: `${name}*` },
    ...{ direction: "both", schedule: null, policy: "report", deletions: false },
    ...{ username: null, secret: null },
    ...fields,
  } as z.output<typeof createSyncBody>);
  return made.id;
}
export const change = (
  fields: Parameters<typeof updateSync>[1] extends infer T ? Omit<T, "id"> : never,
) => updateSync(registry.ctx, { id: rule, ...fields });

type Ended = {
  state: string;
  error: string | null;
  progress: Record<string, number>;
  told: string[];
};

export async function attempt(id: string, signal: AbortSignal): Promise<void> {
  await carryOutOperation(registry.ctx, id, signal, (row, tools) =>
    runSync(registry.ctx, row, tools, PATIENCE),
  );
}

export async function ended(id: string): Promise<Ended> {
  const { operation, items } = await getReport(registry.ctx, { id: rule, run: id, limit: 200 });
  return {
    ...{ state: operation.state, error: operation.error },
    progress: operation.progress as Record<string, number>,
    told: items.map((item) =>
      [item.kind, item.model, item.version, item.field, item.outcome].filter(Boolean).join(" "),
    ),
  };
}

type Asked = Omit<Partial<Parameters<typeof startSync>[1]>, "id">;

export async function run({ isDryRun = false, override = {} }: Asked = {}): Promise<Ended> {
  const { operation } = await startSync(registry.ctx, { id: rule, isDryRun, override });
  await attempt(operation.id, new AbortController().signal).catch(() => undefined);
  const result = await ended(operation.id);
  // One that is to be tried again would hold back the next one.
  await registry.ctx.db.operation.updateMany({
    where: { state: "queued" },
    data: { state: "failed" },
  });
  return result;
}

export const here = (of = name) =>
  registry.ctx.db.model.findFirst({
    where: { name: of, deletedAt: null },
    include: {
      aliases: { include: { version: true } },
      versions: {
        where: { deletedAt: null },
        orderBy: { number: "asc" },
        include: { files: true },
      },
    },
  });
