/** Markdown (GitHub's flavour, with harmless HTML) to the tree of elements that a page draws. Pure. */
import type { Root } from "hast";
import rehypeRaw from "rehype-raw";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { cardSchema } from "./card-schema.ts";
import { prepareCard } from "./card-text.ts";
import type { CardTree } from "./schema.ts";
import { TreeTooLargeError, tameTree } from "./tame-tree.ts";

const processor = unified()
  .use(remarkParse)
  .use(remarkGfm)
  // The sanitiser puts its prefix before every id: one is enough.
  .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: "" })
  .use(rehypeRaw)
  .use(rehypeSanitize, cardSchema)
  .use(tameTree)
  .freeze();

/**
 * Parses text on this thread, which must be one of its own (`card-parser.ts`): the parser's time grows with the
 * square of some inputs, and its depth overflows on others.
 */
export function parseTree(markdown: string): CardTree {
  const { text, isCut } = prepareCard(markdown);
  try {
    const tree = withoutPositions(processor.runSync(processor.parse(text)));
    return { tree, is_cut: isCut };
  } catch (error) {
    // The call stack overflows on nesting that no document has.
    if (!(error instanceof RangeError || error instanceof TreeTooLargeError)) throw error;
    return { tree: null, is_cut: isCut };
  }
}

/** The places of nodes in the text are half of the tree's size, and nobody reads them. */
function withoutPositions(root: Root): Root {
  return JSON.parse(
    JSON.stringify(root, (key, value) => (key === "position" ? undefined : value)),
  ) as Root;
}
