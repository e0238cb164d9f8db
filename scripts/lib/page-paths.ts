/** Which paths are pages. Next tells it to nobody before a request, so it is read from the files that Next itself goes by. */
import { globSync } from "node:fs";
import { PathTree } from "../../lib/http/path-tree.ts";

/** A page is read, and posted to by server actions. */
const PAGE_METHODS = ["GET", "HEAD", "POST", "OPTIONS"];
const FILE_METHODS = ["GET", "HEAD", "OPTIONS"];

export class PagePaths {
  readonly #tree = new PathTree<readonly string[]>();

  /** `appFolder`: where the files of Next's pages are. */
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
