/** `model-versions/*`. */
import { RegistryError } from "#lib/errors.ts";
import { setStage } from "#lib/models/set-stage.ts";
import { trashVersion } from "#lib/models/trash-version.ts";
import { updateVersion } from "#lib/models/update-version.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { descriptionSchema } from "#lib/wire/words.ts";
import { type Call, type CallInput, call, naming } from "./call.ts";
import { checkTagKey } from "./checks.ts";
import { createVersion } from "./create-version.ts";
import { getVersion, versionAnswer } from "./resolve.ts";
import { searchVersions } from "./search.ts";
import { stageOf } from "./stages.ts";
import { downloadUri, versionToWire } from "./wire.ts";

const VERSIONS = "/model-versions";
const PAGE_MAX = 200_000;
const PAGE = 10_000;
const ORDERS_MAX = 100;

const asked = ({ given }: CallInput) => ({
  name: given.required("name"),
  version: given.required("version"),
});

function get(input: CallInput) {
  const of = asked(input);
  return naming(of, () => versionAnswer(input.ctx, of, input.baseUrl));
}

function getDownloadUri(input: CallInput) {
  const of = asked(input);
  return naming(of, async () => ({
    artifact_uri: downloadUri(await getVersion(input.ctx, "model.read", of), input.baseUrl),
  }));
}

function update(input: CallInput) {
  const { ctx, given, baseUrl } = input;
  const of = asked(input);
  const description = readInput(descriptionSchema, given.text("description"), "body");
  return naming(of, async () => {
    const { slug: name, version: ref } = await getVersion(ctx, "model.write", of);
    await updateVersion(ctx, { name, ref, description });
    return versionAnswer(ctx, of, baseUrl);
  });
}

function transition(input: CallInput) {
  const { ctx, given, baseUrl } = input;
  const of = asked(input);
  const text = given.required("stage");
  const stage = stageOf(text);
  const archiveOthers = given.flag("archive_existing_versions");
  if (archiveOthers && stage !== "staging" && stage !== "production")
    throw new RegistryError(
      "invalid_request",
      `Model version transition cannot archive existing model versions because '${text}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    );
  return naming(of, async () => {
    const { slug: name, version: ref } = await getVersion(ctx, "version.promote", of);
    await setStage(ctx, { name, ref, stage, archiveOthers });
    return versionAnswer(ctx, of, baseUrl);
  });
}

function remove(input: CallInput) {
  const { ctx } = input;
  const of = asked(input);
  return naming(of, async () => {
    const { slug: name, version: ref } = await getVersion(ctx, "model.delete", of);
    await trashVersion(ctx, { name, ref });
    return {};
  });
}

function editTag(value: (input: CallInput) => string | null) {
  return (input: CallInput) => {
    const { ctx, given } = input;
    const of = asked(input);
    const key = given.required("key");
    checkTagKey(key);
    const setTags = { [key]: value(input) };
    return naming(of, async () => {
      const { slug: name, version: ref } = await getVersion(ctx, "model.write", of);
      await updateVersion(ctx, { name, ref, setTags });
      return {};
    });
  };
}

async function search({ ctx, given, baseUrl }: CallInput) {
  const { rows, nextToken } = await searchVersions(ctx, {
    filter: given.text("filter"),
    orderBy: given.texts("order_by", ORDERS_MAX),
    maxResults: given.count("max_results", { otherwise: PAGE, max: PAGE_MAX }),
    pageToken: given.maybe("page_token"),
  });
  return {
    ...(rows.length === 0
      ? {}
      : { model_versions: rows.map((row) => versionToWire(row, baseUrl)) }),
    ...(nextToken === null ? {} : { next_page_token: nextToken }),
  };
}

const read = { permission: "model.read" } as const;
const write = { permission: "model.write" } as const;

export const VERSION_CALLS: readonly Call[] = [
  call(
    "POST",
    `${VERSIONS}/create`,
    { operation: "create_version", permission: "version.register", limit: "upload" },
    createVersion,
  ),
  call("GET", `${VERSIONS}/get`, { operation: "get_version", ...read }, get),
  call("PATCH", `${VERSIONS}/update`, { operation: "update_version", ...write }, update),
  call(
    "POST",
    `${VERSIONS}/transition-stage`,
    { operation: "transition_stage", permission: "version.promote" },
    transition,
  ),
  call(
    "DELETE",
    `${VERSIONS}/delete`,
    { operation: "delete_version", permission: "model.delete" },
    remove,
  ),
  call("GET", `${VERSIONS}/search`, { operation: "search_versions", ...read }, search),
  call(
    "GET",
    `${VERSIONS}/get-download-uri`,
    { operation: "get_download_uri", ...read },
    getDownloadUri,
  ),
  call(
    "POST",
    `${VERSIONS}/set-tag`,
    { operation: "set_version_tag", ...write },
    editTag(({ given }) => given.text("value")),
  ),
  call(
    "DELETE",
    `${VERSIONS}/delete-tag`,
    { operation: "delete_version_tag", ...write },
    editTag(() => null),
  ),
];
