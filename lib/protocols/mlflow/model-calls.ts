/** `registered-models/*`. */

import { assertMayOn } from "#lib/access/policy.ts";
import { withCurrentActor } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { createModel } from "#lib/models/create-model.ts";
import { moveAlias, removeAlias } from "#lib/models/move-alias.ts";
import { renameModel } from "#lib/models/rename-model.ts";
import { tagsSchema } from "#lib/models/request-schema.ts";
import { trashModel } from "#lib/models/trash-model.ts";
import { updateModel } from "#lib/models/update-model.ts";
import { aliasNameSchema } from "#lib/wire/names.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { descriptionSchema } from "#lib/wire/words.ts";
import { type Call, type CallInput, call, naming } from "./call.ts";
import { checkModelName, checkTagKey } from "./checks.ts";
import { getVersion, modelAnswer, slugOf } from "./resolve.ts";
import { searchModels } from "./search.ts";
import { stageOf } from "./stages.ts";
import { findByAlias, findModel } from "./store.ts";
import { modelToWire, versionToWire } from "./wire.ts";

const MODELS = "/registered-models";
const PAGE_MAX = 1_000;
const PAGE = 100;
const STAGES_MAX = 100;

async function create({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  checkModelName(name);
  const tags = readInput(tagsSchema, given.tags("tags"), "body");
  const description = readInput(descriptionSchema, given.text("description"), "body");
  try {
    await createModel(ctx, { name, tags, description });
  } catch (error) {
    if (error instanceof RegistryError && error.code === "model_exists")
      throw new RegistryError("model_exists", `Registered Model (name=${name}) already exists.`, {
        cause: error,
      });
    throw error;
  }
  return modelAnswer(await withCurrentActor(ctx), name, baseUrl);
}

async function rename({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  const newName = given.required("new_name");
  checkModelName(newName);
  await naming({ name }, async () => {
    const slug = await slugOf(ctx, "model.delete", name);
    await renameModel(ctx, { name: slug, newName });
  }).catch((error: unknown) => {
    if (error instanceof RegistryError && error.code === "model_exists")
      throw new RegistryError(
        "model_exists",
        `Registered Model (name=${newName}) already exists.`,
        {
          cause: error,
        },
      );
    throw error;
  });
  // Grants are known by the model's name, which is another one now.
  return modelAnswer(await withCurrentActor(ctx), newName, baseUrl);
}

function get({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  checkModelName(name);
  return naming({ name }, () => modelAnswer(ctx, name, baseUrl));
}

function update({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  const description = readInput(descriptionSchema, given.text("description"), "body");
  return naming({ name }, async () => {
    await updateModel(ctx, { name: await slugOf(ctx, "model.write", name), description });
    return modelAnswer(ctx, name, baseUrl);
  });
}

function remove({ ctx, given }: CallInput) {
  const name = given.required("name");
  return naming({ name }, async () => {
    await trashModel(ctx, { name: await slugOf(ctx, "model.delete", name) });
    return {};
  });
}

async function search({ ctx, given, baseUrl }: CallInput) {
  const { rows, nextToken } = await searchModels(ctx, {
    filter: given.text("filter"),
    orderBy: given.texts("order_by", PAGE),
    maxResults: given.count("max_results", { otherwise: PAGE, max: PAGE_MAX }),
    pageToken: given.maybe("page_token"),
  });
  return {
    ...(rows.length === 0
      ? {}
      : { registered_models: rows.map((row) => modelToWire(row, baseUrl)) }),
    ...(nextToken === null ? {} : { next_page_token: nextToken }),
  };
}

function latestVersions({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  const stages = new Set(given.texts("stages", STAGES_MAX).map(stageOf));
  return naming({ name }, async () => {
    const found = await findModel(ctx.db, name);
    assertMayOn(ctx, "model.read", found, name);
    const versions = found.body.latest_versions.filter(
      ({ stage }) => stages.size === 0 || stages.has(stage as never),
    );
    return versions.length === 0
      ? {}
      : { model_versions: versions.map((version) => versionToWire(version, baseUrl)) };
  });
}

function editTag(value: (input: CallInput) => string | null) {
  return (input: CallInput) => {
    const { ctx, given } = input;
    const name = given.required("name");
    const key = given.required("key");
    checkTagKey(key);
    const setTags = { [key]: value(input) };
    return naming({ name }, async () => {
      await updateModel(ctx, { name: await slugOf(ctx, "model.write", name), setTags });
      return {};
    });
  };
}

function setAlias({ ctx, given }: CallInput) {
  const name = given.required("name");
  const alias = checkedAlias(given.required("alias"));
  const version = given.required("version");
  return naming({ name, version }, async () => {
    const found = await getVersion(ctx, "version.promote", { name, version });
    await moveAlias(ctx, { name: found.slug, alias, version: found.version });
    return {};
  });
}

/** To remove an alias that is not there is no mistake to MLflow's server. */
function deleteAlias({ ctx, given }: CallInput) {
  const name = given.required("name");
  const alias = given.required("alias");
  return naming({ name }, async () => {
    const slug = await slugOf(ctx, "version.promote", name);
    await removeAlias(ctx, { name: slug, alias }).catch((error: unknown) => {
      if (!(error instanceof RegistryError) || error.code !== "alias_not_found") throw error;
    });
    return {};
  });
}

function getByAlias({ ctx, given, baseUrl }: CallInput) {
  const name = given.required("name");
  const alias = given.required("alias");
  return naming({ name }, async () => {
    const found = await findByAlias(ctx.db, name, alias);
    assertMayOn(ctx, "model.read", found, name);
    if (found.body === null)
      throw new RegistryError("alias_not_found", `Registered model alias ${alias} not found.`);
    return { model_version: versionToWire(found.body, baseUrl) };
  });
}

function checkedAlias(alias: string): string {
  const read = aliasNameSchema.safeParse(alias);
  if (read.success && !/^v\d+$/i.test(alias)) return alias;
  throw new RegistryError(
    "invalid_request",
    `Invalid alias name: '${alias.slice(0, 300)}'. ${aliasRule(alias)}`,
  );
}

function aliasRule(alias: string): string {
  if (alias.toLowerCase() === "latest")
    return "'latest' alias name (case insensitive) is reserved.";
  if (/^v\d+$/i.test(alias)) return `Version alias name '${alias}' is reserved.`;
  return "Names have letters, digits, dots, underscores and hyphens, and begin with a letter, a digit or an underscore.";
}

const read = { permission: "model.read" } as const;
const write = { permission: "model.write" } as const;
const promote = { permission: "version.promote" } as const;

export const MODEL_CALLS: readonly Call[] = [
  call(
    "POST",
    `${MODELS}/create`,
    { operation: "create_model", permission: "version.register" },
    create,
  ),
  call(
    "POST",
    `${MODELS}/rename`,
    { operation: "rename_model", permission: "model.delete" },
    rename,
  ),
  call("PATCH", `${MODELS}/update`, { operation: "update_model", ...write }, update),
  call(
    "DELETE",
    `${MODELS}/delete`,
    { operation: "delete_model", permission: "model.delete" },
    remove,
  ),
  call("GET", `${MODELS}/get`, { operation: "get_model", ...read }, get),
  call("GET", `${MODELS}/search`, { operation: "search_models", ...read }, search),
  call(
    "POST",
    `${MODELS}/get-latest-versions`,
    { operation: "post_latest_versions", ...read },
    latestVersions,
  ),
  call(
    "GET",
    `${MODELS}/get-latest-versions`,
    { operation: "get_latest_versions", ...read },
    latestVersions,
  ),
  call(
    "POST",
    `${MODELS}/set-tag`,
    { operation: "set_model_tag", ...write },
    editTag(({ given }) => given.text("value")),
  ),
  call(
    "DELETE",
    `${MODELS}/delete-tag`,
    { operation: "delete_model_tag", ...write },
    editTag(() => null),
  ),
  call("POST", `${MODELS}/alias`, { operation: "set_alias", ...promote }, setAlias),
  call("DELETE", `${MODELS}/alias`, { operation: "delete_alias", ...promote }, deleteAlias),
  call("GET", `${MODELS}/alias`, { operation: "get_by_alias", ...read }, getByAlias),
];
