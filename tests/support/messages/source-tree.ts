/** The syntax of a project's modules by path, so that a check can follow keys and imports without running anything. */
import { posix } from "node:path";
import { parseAst } from "vitest/node";

/** Path from the project's root -> text. */
export type Sources = ReadonlyMap<string, string>;

/** A node of the ESTree syntax; which fields it has depends on its type. */
export type Node = { type: string; [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

export function nodeAt(node: Node | null | undefined, field: string): Node | null {
  const value = node?.[field];
  return isNode(value) ? value : null;
}

/** The nodes of a list, with null where it has a hole. */
export function nodesAt(node: Node | null | undefined, field: string): (Node | null)[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.map((item) => (isNode(item) ? item : null)) : [];
}

export function children(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

export function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of children(node)) visit(child, see);
}

export class SourceTree {
  #sources: Sources;
  #parsed = new Map<string, Node>();
  #words = new Map<string, Set<string>>();
  #reach = new Map<string, Set<string>>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  pathsWith(pattern: RegExp): string[] {
    return [...this.#sources].filter(([, text]) => pattern.test(text)).map(([path]) => path);
  }

  parse(path: string): Node {
    const known = this.#parsed.get(path);
    if (known) return known;
    const lang = path.endsWith(".tsx") ? "tsx" : "ts";
    const tree = parseAst(this.#sources.get(path) ?? "", { lang }) as unknown as Node;
    this.#parsed.set(path, tree);
    return tree;
  }

  /** What a module imports, as paths from the root; packages stay as they are. */
  imports(path: string): string[] {
    return nodesAt(this.parse(path), "body").flatMap((statement) => {
      const specifier = nodeAt(statement, "source")?.value;
      if (typeof specifier !== "string") return [];
      if (specifier.startsWith("#")) return [specifier.slice(1)];
      return [specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier];
    });
  }

  /** Every string that is written in a module or in those that it imports, at any distance. */
  wordsInReach(path: string): Set<string> {
    const known = this.#reach.get(path);
    if (known) return known;
    const words = new Set<string>();
    const reached = new Set<string>();
    const reach = (next: string) => {
      if (reached.has(next) || !this.#sources.has(next)) return;
      reached.add(next);
      for (const word of this.#ownWords(next)) words.add(word);
      for (const imported of this.imports(next)) reach(imported);
    };
    reach(path);
    this.#reach.set(path, words);
    return words;
  }

  #ownWords(path: string): Set<string> {
    const known = this.#words.get(path);
    if (known) return known;
    const words = new Set<string>();
    visit(this.parse(path), ({ type, value }) => {
      if (type === "Literal" && typeof value === "string") words.add(value);
    });
    this.#words.set(path, words);
    return words;
  }
}
