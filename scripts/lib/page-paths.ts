/**
 * The paths that are pages. Next does not say them before a request, so they are read from the files that Next itself
 * goes by.
 */
import { globSync } from "node:fs";
import { PathTree } from "../../lib/http/path-tree.ts";

/** Pages are read, and server actions post to them. */
const PAGE_METHODS = ["GET", "HEAD", "POST", "OPTIONS"];
const FILE_METHODS = ["GET", "HEAD", "OPTIONS"];

export class PagePaths {
  readonly #tree = new PathTree<readonly string[]>();

  /** `appFolder` has the files of Next's pages. */
  constructor(appFolder: string) {
    this.#tree.add("/_next/{path}", FILE_METHODS);
    for (const file of globSync("**/page.tsx", { cwd: appFolder })) {
      const segments = file.split("/").slice(0, -1);
      // `(group)` is no part of the path.
      const path = segments
        .filter((segment) => !segment.startsWith("("))
        .map((segment) => segment.replace(/^\[(.*)\]$/, "{$1}"));
      this.#tree.add(`/${path.join("/")}`, PAGE_METHODS);
    }
  }

  /** The methods at a decodable path, as an Allow header lists them; null where there is no page. */
  methodsAt(path: string): readonly string[] | null {
    return this.#tree.find(path)?.value ?? null;
  }
}
