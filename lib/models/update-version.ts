import { changeVersion } from "./change-version.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";

export type UpdateVersionInput = {
  name: string;
  ref: string;
  description?: string | undefined;
  tags?: Record<string, string> | undefined;
};

/** Edits description and tags; bytes, metadata, digest and number never change. */
export async function updateVersion(
  ctx: ModelCtx,
  input: UpdateVersionInput,
): Promise<VersionWire> {
  return changeVersion(ctx, "model.write", input, async (tx, _model, before) => {
    const description = input.description ?? before.description;
    const tags = input.tags ?? (before.tags as Record<string, string>);
    await tx.version.update({
      where: { id: before.id },
      data: { description, tags, updatedAt: ctx.now() },
    });
    return {
      action: "version.updated",
      detail: {
        before: { description: before.description, tags: before.tags },
        after: { description, tags },
      },
    };
  });
}
