import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const NOT_SOURCES = /(^|\/)(generated|node_modules|testing)(\/|$)|\.test\.tsx?$|\.md$/;

/**
 * SHA-256 over the names and contents of files and of everything below folders. Times do not count, so that a fresh
 * checkout or a touched file with the same text is the same.
 */
export async function fingerprint(root, paths) {
  const hash = createHash("sha256");
  for (const path of await listFiles(root, paths)) {
    hash.update(`${path}\0`);
    hash.update(await readFile(join(root, path)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

async function listFiles(root, paths) {
  const files = [];
  for (const path of [...paths].sort()) {
    const found = await stat(join(root, path)).catch(() => null);
    if (found === null || NOT_SOURCES.test(path)) continue;
    if (found.isFile()) files.push(path);
    if (!found.isDirectory()) continue;
    const names = await readdir(join(root, path));
    files.push(
      ...(await listFiles(
        root,
        names.map((name) => `${path}/${name}`),
      )),
    );
  }
  return files;
}

/** The text that an earlier run wrote with writeMarker, or null. */
export async function readMarker(file) {
  return readFile(file, "utf8").catch(() => null);
}

/** Written only after the work succeeded: a run that is cut off does its work again. */
export async function writeMarker(file, text) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
