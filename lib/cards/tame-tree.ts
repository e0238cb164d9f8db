/** The part of a HTML tree that the card's limits look at. */
type TreeNode = {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: TreeNode[];
};

/** React renders recursively: deeper trees than any document needs would overflow its stack. */
export const DEPTH_MAX = 60;
/** Enough for the longest cards in use; a page with more elements makes browsers stutter. */
export const NODES_MAX = 20_000;

/**
 * Rehype plugin: cuts what is nested too deep or too much, and moves headings one level down, because
 * the page's h1 is the model's name.
 */
export function tameTree() {
  return (root: TreeNode): void => {
    let left = NODES_MAX;
    let level: TreeNode[] = [root];
    for (let depth = 0; level.length > 0; depth += 1) {
      const next: TreeNode[] = [];
      for (const node of level) {
        const children = depth < DEPTH_MAX ? (node.children ?? []) : [];
        const kept = children.slice(0, Math.max(0, left));
        left -= kept.length;
        if (node.children) node.children = kept;
        if (node.tagName) node.tagName = demote(node.tagName);
        for (const child of kept) next.push(child);
      }
      level = next;
    }
  };
}

function demote(tagName: string): string {
  const level = /^h([1-5])$/.exec(tagName)?.[1];
  return level ? `h${Number(level) + 1}` : tagName;
}
