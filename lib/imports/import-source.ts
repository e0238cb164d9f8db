/** Which sources that are elsewhere the registry brings here. What it reads nobody's secrets for, and no place that nobody has allowed. */
import type { Config } from "#lib/config/config.ts";
import { isRegistryError } from "#lib/errors.ts";
import { ARTIFACTS } from "#lib/mlflow-sync/their-files.ts";
import { isOutgoingUrl, parseOutgoingUrl } from "#lib/outgoing/parse-outgoing-url.ts";
import { parseFilePath } from "#lib/wire/file-path.ts";

const RUN = /^runs:\/+([0-9a-f]{32})\/(.+)$/;
const BUCKET = /^s3:\/\/([^/?#]+)(?:\/(.*))?$/s;

export type ImportSource =
  /** One file. */
  | { kind: "http"; url: string; name: string }
  | { kind: "tracking"; servers: readonly string[]; isNamed: boolean; place: Place }
  | { kind: "s3"; bucket: string; path: string };

/** Where on a tracking server: a URI of its artifact store, or a path below the artifacts of a run. */
export type Place = { uri: string } | { runId: string; path: string };

/**
 * null for a source that stays where it is. `isNamed`: the source says which server it is of; else it may be of any of them, or
 * of one that only the client knows.
 */
export function readImportSource(
  { integrations }: Pick<Config, "integrations">,
  source: string,
): ImportSource | null {
  const { mlflowServers: servers, importBuckets } = integrations;
  const [, bucket, path = ""] = BUCKET.exec(source) ?? [];
  if (bucket !== undefined)
    return importBuckets.includes(bucket)
      ? { kind: "s3", bucket, path: path.replace(/\/+$/, "") }
      : null;
  const [, runId, below] = RUN.exec(source) ?? [];
  if (runId !== undefined && below !== undefined)
    return ofAnyServer(servers, { runId, path: below.replace(/\/+$/, "") });
  const [, host] = /^mlflow-artifacts:(?:\/\/([^/]*))?\//.exec(source) ?? [];
  if (host) return ofServer(servers, (origin) => new URL(origin).host === host, source);
  if (source.startsWith("mlflow-artifacts:/")) return ofAnyServer(servers, { uri: source });
  return /^https?:/i.test(source) ? readUrl(servers, source) : null;
}

function readUrl(servers: readonly string[], source: string): ImportSource | null {
  if (!isOutgoingUrl(source) || !isDecodable(source)) return null;
  const url = parseOutgoingUrl(source);
  if (url.pathname.includes(`${ARTIFACTS}/`))
    return ofServer(servers, (origin) => source.startsWith(`${origin}${ARTIFACTS}/`), source);
  const name = fileNameOf(url);
  return name === null ? null : { kind: "http", url: url.href, name };
}

function ofServer(
  servers: readonly string[],
  isIt: (origin: string) => boolean,
  uri: string,
): ImportSource | null {
  const found = servers.filter(isIt);
  return found.length === 0
    ? null
    : { kind: "tracking", servers: found, isNamed: true, place: { uri } };
}

function ofAnyServer(servers: readonly string[], place: Place): ImportSource | null {
  return servers.length === 0 ? null : { kind: "tracking", servers, isNamed: false, place };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** null: the URL is that of a folder, which HTTP does not list, or of a name that no file here may have. */
function fileNameOf({ pathname }: URL): string | null {
  const last = pathname.split("/").at(-1) ?? "";
  try {
    return parseFilePath(decodeURIComponent(last));
  } catch (error) {
    if (isRegistryError(error)) return null;
    throw error;
  }
}
