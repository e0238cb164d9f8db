/** Paths with parameters, looked up segment by segment. */

type Node<T> = {
  children: Map<string, Node<T>>;
  /** The node of `{name}`. */
  any: Node<T> | null;
  /** The value of `{path}`, which takes all segments that follow, at least one. */
  rest: T | null;
  value: T | null;
};
const emptyNode = <T>(): Node<T> => ({ children: new Map(), any: null, rest: null, value: null });

export type FoundPath<T> = { value: T; values: (string | string[])[] };

export class PathTree<T> {
  readonly #root: Node<T> = emptyNode();

  /** `/models/{name}`; a last segment `{path}` takes all that follow. A path that is added again gets the new value. */
  add(path: string, value: T): void {
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment === "{path}") {
        node.rest = value;
        return;
      }
      if (segment.startsWith("{")) {
        node.any ??= emptyNode();
        node = node.any;
        continue;
      }
      const next = node.children.get(segment) ?? emptyNode<T>();
      node.children.set(segment, next);
      node = next;
    }
    node.value = value;
  }

  /**
   * Finds the value of a decodable `path`. Fixed segments win over parameters, and parameters over the rest of a
   * path.
   */
  find(path: string): FoundPath<T> | null {
    return find(this.#root, segmentsOf(path).map(decodeURIComponent), []);
  }
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter(Boolean);
}

function find<T>(node: Node<T>, segments: string[], values: string[]): FoundPath<T> | null {
  const [segment, ...rest] = segments;
  if (segment === undefined) return node.value === null ? null : { value: node.value, values };
  const fixed = node.children.get(segment);
  const found =
    (fixed && find(fixed, rest, values)) ??
    (node.any && find(node.any, rest, [...values, segment]));
  if (found) return found;
  return node.rest === null ? null : { value: node.rest, values: [...values, segments] as never };
}
