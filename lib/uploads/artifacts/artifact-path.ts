/** Paths at which clients of MLflow put files: `<anything>/models/m-<32 hex>/artifacts/MLmodel`, `<run id>/artifacts/...`. */
import { RegistryError } from "#lib/errors.ts";
import { parseFilePath } from "#lib/wire/file-path.ts";

/** What is below it are the files of versions, which nobody puts. */
export const VERSIONS_FOLDER = "registry-models";

const LOGGED_MODEL = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\//;
const RUN = /(?:^|\/)([0-9a-f]{32})\/artifacts\//;

/** Throws `invalid_path`, also for what is below the folder of the versions. */
export function parseArtifactPath(text: string): string {
  const path = parseFilePath(text);
  if (path.split("/", 1)[0] !== VERSIONS_FOLDER) return path;
  throw new RegistryError(
    "forbidden",
    `The files below ${VERSIONS_FOLDER} are those of versions, which never change.`,
  );
}

/** The logged model or the run whose file this is; null where the path names none. */
export function roomOf(path: string): string | null {
  return LOGGED_MODEL.exec(path)?.[1] ?? RUN.exec(path)?.[1] ?? null;
}

/** The folder of a room's files with the slash behind it; null where the path does not lead into that room. */
export function folderOfRoom(path: string, room: string): string | null {
  const marks = [`models/${room}/artifacts/`, `${room}/artifacts/`];
  for (const mark of marks) {
    const at = path.startsWith(mark) ? 0 : path.indexOf(`/${mark}`) + 1;
    if (at > 0 || path.startsWith(mark)) return path.slice(0, at + mark.length);
  }
  return null;
}
