import type { Ctx } from "#lib/context.ts";
import { isRegistryError } from "#lib/errors.ts";
import { getReport } from "#lib/mlflow-sync/get-report.ts";
import {
  ITEM_KINDS,
  type ItemKind,
  type ReportWire,
  type RunWire,
} from "#lib/mlflow-sync/schema.ts";

export type ReportParams = Record<"run" | "kind" | "cursor", string | string[] | undefined>;
export type ShownReport = ReportWire & { kind: ItemKind };

const PAGE_SIZE = 50;

/**
 * The report that the address asks for; without one that of the newest run, and of its parts the first one that is not empty.
 * What an old address asks for and is gone leads there too. null where nothing has run.
 */
export async function readReport(
  ctx: Ctx,
  { id, runs, params }: { id: string; runs: readonly RunWire[]; params: ReportParams },
): Promise<ShownReport | null> {
  const asked = runs.find(({ operation }) => operation.id === params.run) ?? runs[0];
  if (asked === undefined) return null;
  const { id: run, progress } = asked.operation;
  const kind =
    ITEM_KINDS.find((known) => known === params.kind) ??
    ITEM_KINDS.find((known) => (progress[`${known}s`] ?? 0) > 0) ??
    "change";
  const input = { id, run, kind, limit: PAGE_SIZE };
  const cursor = typeof params.cursor === "string" ? params.cursor : undefined;
  try {
    return { ...(await getReport(ctx, { ...input, cursor })), kind };
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    return { ...(await getReport(ctx, input)), kind };
  }
}

export function reportHref(
  id: string,
  { run, kind, cursor }: { run: string; kind?: ItemKind; cursor?: string },
): string {
  const query = new URLSearchParams({ run, ...(kind && { kind }), ...(cursor && { cursor }) });
  return `/integrations/mlflow/${id}?${query}`;
}
