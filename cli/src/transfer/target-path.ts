/** Where a file of a version goes on this disk. Paths come from a server, which may be hostile. */
import { mkdir, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Translate } from "../messages/translate.ts";
import { printable } from "../terminal/printable.ts";

// Windows gives these names to devices, whatever extension follows.
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/i;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const PATH_MAX_LENGTH = 1024;

/** Whether the path stays below the folder that it is put into, on every operating system. */
export function isSafePath(path: string): boolean {
  if (path.length > PATH_MAX_LENGTH || CONTROL.test(path) || /[\\:]/.test(path)) return false;
  return path
    .split("/")
    .every((part) => part !== "" && !/^\.{1,2}$/.test(part) && !DEVICE_NAME.test(part));
}

/** Throws for a path that could leave `folder`, before anything is written. */
export function assertSafePath(path: string, t: Translate): void {
  if (isSafePath(path)) return;
  throw new Failure(
    EXIT.damaged,
    t("download.unsafePath", { path: printable(path).slice(0, 200) }),
  );
}

/** The file's place, with the folders above it made. A link on the way must not lead out of `folder` either. */
export async function makePlace(folder: string, path: string, t: Translate): Promise<string> {
  assertSafePath(path, t);
  const place = join(folder, ...path.split("/"));
  await mkdir(dirname(place), { recursive: true });
  const inside = relative(await realpath(folder), await realpath(dirname(place)));
  if (inside === ".." || inside.startsWith(`..${sep}`) || inside.includes(":"))
    throw new Failure(EXIT.damaged, t("download.unsafePath", { path: printable(path) }));
  return place;
}
