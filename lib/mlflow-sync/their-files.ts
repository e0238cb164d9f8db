/** The files of the other server's versions, by its artifact proxy. */
import { RegistryError } from "#lib/errors.ts";
import { FilePaths, parseFilePath } from "#lib/wire/file-path.ts";
import { TheirError } from "./their-error.ts";
import type { TheirServer } from "./their-server.ts";

export const ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";
/** Folders within folders; a real model has three. */
const DEPTH_MAX = 32;

export type TheirFile = { path: string; sizeBytes: number | null };

/** The folder of a version's files in its artifact store; null where they are in another place, which nobody here may enter. */
export async function findFolder(
  server: TheirServer,
  name: string,
  version: number,
): Promise<string | null> {
  const answer = (await server.get("/api/2.0/mlflow/model-versions/get-download-uri", {
    name,
    version,
  })) as { artifact_uri?: unknown };
  const uri = String(answer.artifact_uri ?? "");
  const logged = /^models:\/*(m-[0-9a-f]{32})\/?$/.exec(uri)?.[1];
  return folderIn(server.baseUrl, logged === undefined ? uri : await uriOfLogged(server, logged));
}

async function uriOfLogged(server: TheirServer, id: string): Promise<string> {
  const answer = (await server.get(`/api/2.0/mlflow/logged-models/${id}`)) as {
    model?: { info?: { artifact_uri?: unknown } };
  };
  return String(answer.model?.info?.artifact_uri ?? "");
}

export function folderIn(baseUrl: string, uri: string): string | null {
  const own = `${baseUrl}${ARTIFACTS}/`;
  const { host } = new URL(baseUrl);
  const [, named, path] = /^mlflow-artifacts:(?:\/\/([^/]*))?\/+(.*)$/.exec(uri) ?? [];
  if (path !== undefined)
    return named === undefined || named === "" || named === host ? plain(path) : null;
  return uri.startsWith(own) ? plain(decodeURIComponent(uri.slice(own.length))) : null;
}

/** Throws `invalid_path`. */
function plain(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw new RegistryError("invalid_path", "Its files are at a path with steps in it.");
  return trimmed;
}

/** What is at a path: the files of a folder, or one file, of which the listing of its folder tells. Throws as `listTheirFiles`. */
export async function findTheirFiles(
  server: TheirServer,
  path: string,
  filesMax: number,
): Promise<{ folder: string; files: TheirFile[] }> {
  const files = await listTheirFiles(server, path, filesMax);
  const [, folder, name] = /^(.+)\/([^/]+)$/.exec(path) ?? [];
  if (files.length > 0 || folder === undefined) return { folder: path, files };
  const entry = (await listEntries(server, folder)).find((each) => each?.path === name);
  if (entry === undefined || entry.is_dir === true) return { folder: path, files };
  const file = { path: parseFilePath(String(name)), sizeBytes: sizeOf(entry.file_size) };
  return { folder, files: [file] };
}

/** All files below a folder. Throws TheirError, `invalid_path`, `too_large`. */
export async function listTheirFiles(
  server: TheirServer,
  folder: string,
  filesMax: number,
): Promise<TheirFile[]> {
  const files: TheirFile[] = [];
  const paths = new FilePaths();
  const folders = [{ below: "", depth: 0 }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const path = next.below === "" ? folder : `${folder}/${next.below}`;
    for (const entry of await listEntries(server, path)) {
      const name = String(entry?.path ?? "");
      if (name.includes("/") || name === "")
        throw new RegistryError("invalid_path", "It lists a file by more than its name.");
      const below = parseFilePath(next.below === "" ? name : `${next.below}/${name}`);
      if (files.length + folders.length >= filesMax || next.depth >= DEPTH_MAX)
        throw new RegistryError("too_large", `A version has at most ${filesMax} files.`);
      if (entry.is_dir === true) folders.push({ below, depth: next.depth + 1 });
      else {
        paths.add(below);
        files.push({ path: below, sizeBytes: sizeOf(entry.file_size) });
      }
    }
  }
  return files;
}

type Entry = { path?: unknown; is_dir?: unknown; file_size?: unknown };

async function listEntries(server: TheirServer, path: string): Promise<Entry[]> {
  const { files = [] } = (await server.get(ARTIFACTS, { path })) as { files?: unknown };
  if (!Array.isArray(files)) throw new TheirError("unreadable", "Its files are no list.");
  return files;
}

function sizeOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const size = Number(value);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new TheirError("unreadable", "It lists a file with a size that is no number.");
}

/**
 * A file's bytes, as many as it has announced; the reading throws TheirError where they are more or fewer, wherever it said so.
 */
export async function openTheirFile(
  server: TheirServer,
  folder: string,
  { path, sizeBytes }: TheirFile,
): Promise<{ sizeBytes: number | null; bytes: AsyncIterable<Uint8Array> }> {
  const file = await server.open(urlOf(folder, path));
  const expected = sizeBytes ?? file.sizeBytes;
  return { sizeBytes: expected, bytes: exactly(file.bytes, expected, path) };
}

/** Passes bytes on that are as many as were announced. Throws TheirError where they are more or fewer. */
export async function* exactly(
  bytes: AsyncGenerator<Uint8Array>,
  expected: number | null,
  path: string,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  const wrong = () =>
    new TheirError(
      "unreadable",
      `It sent ${count} bytes or more of ${path}, and had announced ${expected}.`,
    );
  for await (const chunk of bytes) {
    count += chunk.length;
    if (expected !== null && count > expected) throw wrong();
    yield chunk;
  }
  if (expected !== null && count !== expected) throw wrong();
}

export function putTheirFile(
  server: TheirServer,
  folder: string,
  file: { path: string; sizeBytes: number; open: () => AsyncIterable<Uint8Array> },
): Promise<void> {
  return server.put(urlOf(folder, file.path), file);
}

function urlOf(folder: string, path: string): string {
  return `${ARTIFACTS}/${`${folder}/${path}`.split("/").map(encodeURIComponent).join("/")}`;
}
