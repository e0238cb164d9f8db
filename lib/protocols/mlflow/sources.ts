/** The sources that clients of MLflow name, and which of them are here. */
import { RegistryError } from "#lib/errors.ts";
import { VERSIONS_FOLDER } from "#lib/uploads/artifacts/artifact-path.ts";
import { ARTIFACTS_PATH } from "./wire.ts";

/** A longer URI is none that anybody means. */
const SOURCE_MAX_LENGTH = 4096;
const LOGGED_MODEL = /^models:\/*(m-[0-9a-f]{32})\/?$/;
const MODEL_VERSION = /^models:\/+([^/@]+)(?:\/([^/]+)|@([^/]+))$/;
const RUN = /^runs:\/+([0-9a-f]{32})\/(.+)$/;

export type Source =
  | { kind: "logged-model"; id: string }
  /** By its number, a stage, `latest`, or an alias. */
  | { kind: "version"; name: string; version: string | null; alias: string | null }
  | { kind: "version-files"; slug: string; number: number }
  | { kind: "run"; runId: string; path: string }
  /** `isHere` says that the URI is of this server, and of no other. */
  | { kind: "artifacts"; path: string; isHere: boolean }
  | { kind: "elsewhere" };

/**
 * `hosts` are names of this server, with their ports. Local files are nobody's source: a server does not read them, and its clients have
 * others. Throws `invalid_request`.
 */
export function readSource(source: string, hosts: readonly string[]): Source {
  if (source.length > SOURCE_MAX_LENGTH) throw invalid(source, "It is too long.");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a source must not have
  if (/[\u0000-\u001f\u007f]/.test(source)) throw invalid(source, "It has control characters.");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file" || /^[a-z]$/.test(scheme))
    throw invalid(
      source,
      "To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.",
    );
  refuseSteps(source);
  const logged = LOGGED_MODEL.exec(source)?.[1];
  if (logged !== undefined) return { kind: "logged-model", id: logged };
  const [, name, version = null, alias = null] = MODEL_VERSION.exec(source) ?? [];
  if (name !== undefined) return { kind: "version", name: decode(name), version, alias };
  if (scheme === "models") throw invalid(source, "It names no version of a model.");
  const [, runId, path] = RUN.exec(source) ?? [];
  if (runId !== undefined && path !== undefined) return { kind: "run", runId, path };
  return ownArtifacts(source, hosts) ?? { kind: "elsewhere" };
}

/** `mlflow-artifacts:/x` is of the server that a client tracks with, which may be this one. */
function ownArtifacts(source: string, hosts: readonly string[]): Source | null {
  const [, host = "", at = ""] = /^https?:\/\/([^/?#]+)([^?#]*)$/i.exec(source) ?? [];
  const isOwn = hosts.includes(host.toLowerCase()) && at.startsWith(`${ARTIFACTS_PATH}/`);
  const relative = isOwn
    ? at.slice(ARTIFACTS_PATH.length)
    : /^mlflow-artifacts:\/(?!\/)(.*)$/.exec(source)?.[1];
  if (relative === undefined) return null;
  const path = decode(relative).replace(/^\/+|\/+$/g, "");
  const [folder, slug, number, ...rest] = path.split("/");
  if (folder === VERSIONS_FOLDER && slug && /^\d{1,9}$/.test(number ?? "") && rest.length === 0)
    return { kind: "version-files", slug, number: Number(number) };
  return { kind: "artifacts", path, isHere: isOwn };
}

/** However often they are encoded. */
function refuseSteps(source: string): void {
  let text = source;
  for (let round = 0; round < 8; round += 1) {
    if (text.split(/[/\\]/).some((part) => part === ".." || part === "."))
      throw invalid(
        source,
        "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.",
      );
    const decoded = decode(text);
    if (decoded === text) return;
    text = decoded;
  }
  throw invalid(source, "It is encoded too often.");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(source: string, reason: string): RegistryError {
  const shown = source.slice(0, 300).toWellFormed();
  return new RegistryError(
    "invalid_request",
    `Invalid model version source: '${shown}'. ${reason}`,
  );
}
