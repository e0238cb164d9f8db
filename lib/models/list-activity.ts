import { type ListAuditInput, readAuditPage } from "#lib/audit/list-audit.ts";
import type { ModelCtx } from "./model-context.ts";
import { getLiveModel } from "./store.ts";

type ListActivityInput = Pick<ListAuditInput, "limit" | "cursor"> & {
  name: string;
  version?: string;
};

/**
 * What was changed of a model or of one of its versions, newest first, for whoever sees the model; addresses and requests
 * are for those who may read the audit log. Throws `model_not_found`, `invalid_cursor`.
 */
export async function listActivity(ctx: ModelCtx, { name, ...input }: ListActivityInput) {
  const model = await getLiveModel(ctx, "model.read", name);
  const page = await readAuditPage(ctx, { ...input, model: model.name, isChangesOnly: true });
  const items = page.items.map((entry) => ({
    ...entry,
    address: null,
    request_id: null,
    token_id: null,
  }));
  return { ...page, items };
}
