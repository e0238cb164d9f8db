/**
 * Which methods each path has. Next tells it to nobody before a request, so it is read from what Next itself goes by: a
 * `route.ts` exports a function for each method, a `page.tsx` is read, and posted to by server actions.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** All that any path has, in the order in which an Allow header lists them. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** It only says that there is nothing. */
const UNKNOWN_PATHS = "api/v1/[...path]/route.ts";
const EXPORT = /^export (?:const|(?:async )?function) (GET|HEAD|POST|PUT|PATCH|DELETE)\b/gm;

/** A segment of the tree: a fixed text, `[]` for any one, `[...]` for all that follow. */
type Node = { children: Map<string, Node>; methods: string[] | null };
const emptyNode = (): Node => ({ children: new Map(), methods: null });

export class RouteMethods {
  readonly #root = emptyNode();

  /** `appFolder`: where the files of Next's routes are. */
  constructor(appFolder: string) {
    this.#add("_next/[...path]", ["GET", "HEAD"]);
    for (const file of globSync("**/{route.ts,page.tsx}", { cwd: appFolder })) {
      if (file === UNKNOWN_PATHS) continue;
      const text = readFileSync(join(appFolder, file), "utf8");
      const isPage = file.endsWith("page.tsx");
      const exported = isPage
        ? ["GET", "POST"]
        : [...text.matchAll(EXPORT)].map(([, name]) => name);
      this.#add(file.split("/").slice(0, -1).join("/"), exported as string[]);
    }
  }

  /** The methods at a decodable path, as an Allow header lists them; null where there is nothing. */
  at(path: string): readonly string[] | null {
    const segments = path.split("/").filter(Boolean).map(decodeURIComponent);
    return find(this.#root, segments);
  }

  #add(folder: string, methods: string[]): void {
    let node = this.#root;
    for (const segment of folder.split("/")) {
      if (segment === "" || segment.startsWith("(")) continue;
      const key = segment.replace(/^\[(\.\.\.)?.*\]$/, "[$1]");
      const next = node.children.get(key) ?? emptyNode();
      node.children.set(key, next);
      node = next;
    }
    const has = new Set([...(node.methods ?? []), ...methods, "OPTIONS"]);
    if (has.has("GET")) has.add("HEAD");
    node.methods = METHODS.filter((method) => has.has(method));
  }
}

function find(node: Node, [segment, ...rest]: string[]): readonly string[] | null {
  if (segment === undefined) return node.methods;
  for (const key of [segment, "[]"]) {
    const child = node.children.get(key);
    const methods = child ? find(child, rest) : null;
    if (methods) return methods;
  }
  return node.children.get("[...]")?.methods ?? null;
}
