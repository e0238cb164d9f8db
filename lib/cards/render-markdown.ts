import type { CardCtx } from "./card-context.ts";
import type { CardTree } from "./schema.ts";

/** The tree that a page draws for a text. Reads nothing and changes nothing, so everybody may. */
export function renderMarkdown(ctx: CardCtx, { text }: { text: string }): Promise<CardTree> {
  return ctx.cards.tree(text);
}
