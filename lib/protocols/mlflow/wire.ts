/** Rows -> MLflow's RegisteredModel and ModelVersion. Empty lists are left out, as its server leaves them out. */
import { assertNotImporting, importStanding } from "#lib/models/import-standing.ts";
import { VERSIONS_FOLDER } from "#lib/uploads/artifacts/artifact-path.ts";
import type { FoundModel, FoundVersion } from "./store.ts";

export const VERSION_TAG = "registry.version";
export const ARTIFACTS_PATH = "/api/2.0/mlflow-artifacts/artifacts";

const STAGE_NAMES: Readonly<Record<string, string>> = {
  none: "None",
  staging: "Staging",
  production: "Production",
  archived: "Archived",
};

type Tag = { key: string; value: string };

export type RegisteredModelWire = {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  latest_versions?: ModelVersionWire[];
  tags?: Tag[];
  aliases?: { alias: string; version: string }[];
};

export type ModelVersionWire = {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  user_id: string;
  current_stage: string;
  description: string;
  source: string;
  run_id: string;
  run_link: string;
  status: "READY" | "PENDING_REGISTRATION" | "FAILED_REGISTRATION";
  status_message?: string;
  tags?: Tag[];
  aliases?: string[];
};

export function modelToWire(found: FoundModel, baseUrl: string): RegisteredModelWire {
  const { description, aliases } = found;
  const tags = tagsOf(found.tags);
  return {
    name: found.name,
    creation_timestamp: found.created,
    last_updated_timestamp: found.updated,
    ...(description === "" ? {} : { description }),
    ...(found.latest_versions.length === 0
      ? {}
      : {
          latest_versions: found.latest_versions.map((version) => versionToWire(version, baseUrl)),
        }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

export function versionToWire(found: FoundVersion, baseUrl: string): ModelVersionWire {
  const tags = tagsOf(withVersionTag(found));
  const { aliases } = found;
  return {
    name: found.name,
    version: String(found.number),
    creation_timestamp: found.created,
    last_updated_timestamp: found.updated,
    user_id: found.created_by,
    current_stage: STAGE_NAMES[found.stage] ?? "None",
    description: found.description,
    source: found.source ?? bytesUri(found, baseUrl),
    run_id: found.run_id ?? "",
    run_link: found.run_link ?? "",
    ...statusOf(found),
    ...(tags.length === 0 ? {} : { tags }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

/** Where clients find the bytes that are here. */
export function bytesUri(
  { slug, number }: { slug: string; number: number },
  baseUrl: string,
): string {
  return `${baseUrl}${ARTIFACTS_PATH}/${VERSIONS_FOLDER}/${slug}/${number}`;
}

/** Where a client finds the bytes, here or elsewhere. Throws `version_incomplete` while they come, and where they did not. */
export function downloadUri(found: FoundVersion, baseUrl: string): string {
  assertNotImporting(`${found.name} ${found.number}`, standingOf(found));
  return found.location ?? bytesUri(found, baseUrl);
}

/**
 * The semantic version is told where it says something: of a version that came by another protocol, or was registered under
 * one of the client's choice.
 */
function withVersionTag({ source, tags, version }: FoundVersion): Record<string, string> {
  return source === null || VERSION_TAG in tags ? { ...tags, [VERSION_TAG]: version } : tags;
}

/** A version of which nothing is served has failed, whatever the risk that a client would accept. */
function statusOf(found: FoundVersion): Pick<ModelVersionWire, "status" | "status_message"> {
  const { verdict, finding, location } = found;
  const standing = standingOf(found);
  if (standing !== null)
    return {
      status: standing.isOver ? "FAILED_REGISTRATION" : "PENDING_REGISTRATION",
      status_message: standing.reason,
    };
  if (location !== null || verdict === "clean") return { status: "READY" };
  const message = `The scan's verdict is ${verdict}${finding === null ? "." : `: ${finding}`}`;
  const status = verdict === "suspicious" ? "READY" : "FAILED_REGISTRATION";
  return { status, status_message: message };
}

const standingOf = ({ location, import: operation }: FoundVersion) =>
  importStanding({ location, operation });

function tagsOf(tags: Record<string, string>): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
