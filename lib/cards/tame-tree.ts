/** The part of a HTML tree that the card's limits look at. */
type TreeNode = {
  type: string;
  tagName?: string;
  children?: TreeNode[];
};

/** React renders recursively: deeper trees than any document needs would overflow its stack. */
export const DEPTH_MAX = 60;
/** Enough for the longest cards in use; a page with more elements makes browsers stutter. */
export const NODES_MAX = 20_000;

/** The tree is deeper or larger than a page takes. */
export class TreeTooLargeError extends Error {
  override readonly name = "TreeTooLargeError";
}

/**
 * Rehype plugin: moves headings one level down, because the page's h1 is the model's name.
 * Throws TreeTooLargeError.
 */
export function tameTree() {
  return (root: TreeNode): void => {
    let nodes = 0;
    let level: TreeNode[] = [root];
    for (let depth = 0; level.length > 0; depth += 1) {
      nodes += level.length;
      if (depth > DEPTH_MAX || nodes > NODES_MAX) throw new TreeTooLargeError();
      for (const node of level) if (node.tagName) node.tagName = demote(node.tagName);
      level = level.flatMap(({ children = [] }) => children);
    }
  };
}

function demote(tagName: string): string {
  const level = /^h([1-5])$/.exec(tagName)?.[1];
  return level ? `h${Number(level) + 1}` : tagName;
}
