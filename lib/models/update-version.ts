import { changeVersion } from "./change-version.ts";
import { differences, type Texts } from "./differences.ts";
import { editTags, type TagEdits } from "./edit-tags.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";

export type UpdateVersionInput = Omit<Texts, "owner"> & TagEdits & { name: string; ref: string };

/**
 * Edits description and tags; bytes, metadata, digest and number never change. Nothing happens where nothing differs.
 */
export async function updateVersion(
  ctx: ModelCtx,
  input: UpdateVersionInput,
): Promise<VersionWire> {
  const { description, setTags } = input;
  return changeVersion(ctx, "model.write", input, async (tx, _model, before) => {
    const present = { description: before.description, tags: before.tags };
    const wanted = { description, tags: input.tags, ...editTags(before.tags, setTags) };
    const changes = differences(present, wanted);
    if (changes === null) return null;
    await tx.version.update({
      where: { id: before.id },
      data: { ...changes.after, updatedAt: ctx.now() },
    });
    return { action: "version.updated", detail: changes };
  });
}
