/** Writes one field of a model or a version to one of the sides, by the use case or the call that everybody else takes. */
import { RegistryError } from "#lib/errors.ts";
import { moveAlias, removeAlias } from "#lib/models/move-alias.ts";
import { tagsSchema } from "#lib/models/request-schema.ts";
import { setStage } from "#lib/models/set-stage.ts";
import { updateModel } from "#lib/models/update-model.ts";
import { updateVersion } from "#lib/models/update-version.ts";
import { aliasNameSchema } from "#lib/wire/names.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { descriptionSchema, type Stage, stageSchema } from "#lib/wire/words.ts";
import type { Fields } from "./merge.ts";
import { doHere } from "./rehearse.ts";
import type { SyncRun } from "./sync-run.ts";

const API = "/api/2.0/mlflow";
const MODELS = `${API}/registered-models`;
const VERSIONS = `${API}/model-versions`;
const STAGE_NAMES: Record<Stage, string> = {
  none: "None",
  staging: "Staging",
  production: "Production",
  archived: "Archived",
};

export const stageOf = (text: string): Stage | null => {
  const read = stageSchema.safeParse(text.toLowerCase());
  return read.success ? read.data : null;
};

/** The value of an alias is the number of a version on the side that it is written to. Throws what the use cases throw. */
export async function writeToOurModel(
  run: SyncRun,
  { name, versionOf }: { name: string; versionOf: (number: string) => string },
  field: string,
  value: string | null,
): Promise<void> {
  const [kind, key] = partsOf(field);
  await doHere(run, async (ctx) => {
    if (kind === "description") await updateModel(ctx, { name, description: readText(value) });
    else if (kind === "tag") await updateModel(ctx, { name, setTags: { [key]: value } });
    else if (value === null) await removeAlias(ctx, { name, alias: key });
    else
      await moveAlias(ctx, {
        name,
        alias: readInput(aliasNameSchema, key, "body"),
        version: versionOf(value),
      });
  });
}

export async function writeToOurVersion(
  run: SyncRun,
  at: { name: string; ref: string },
  field: string,
  value: string | null,
): Promise<void> {
  const [kind, key] = partsOf(field);
  await doHere(run, async (ctx) => {
    if (kind === "description") await updateVersion(ctx, { ...at, description: readText(value) });
    else if (kind === "tag") await updateVersion(ctx, { ...at, setTags: { [key]: value } });
    else await setStage(ctx, { ...at, stage: stageOf(value ?? "none") ?? "none" });
  });
}

/** Tells in a trial run which texts would be refused of what is not here yet. Throws what ends the run. */
export async function foreseeTexts(
  run: SyncRun,
  about: { model: string; version?: string },
  fields: Fields,
): Promise<void> {
  for (const [field, value] of fields)
    try {
      const [kind, key] = partsOf(field);
      if (kind === "description") readText(value);
      if (kind === "tag") readInput(tagsSchema, { [key]: value }, "body");
    } catch (error) {
      await run.report.problem(error, { ...about, field });
    }
}

/** Throws TheirError. */
export async function writeToTheirModel(
  { server }: SyncRun,
  name: string,
  field: string,
  value: string | null,
): Promise<void> {
  const [kind, key] = partsOf(field);
  if (kind === "description")
    await server.change("PATCH", `${MODELS}/update`, { name, description: value ?? "" });
  else if (kind === "tag" && value === null)
    await server.change("DELETE", `${MODELS}/delete-tag`, { name, key });
  else if (kind === "tag")
    await server.change("POST", `${MODELS}/set-tag`, { name, key, value: value ?? "" });
  else if (value === null) await server.change("DELETE", `${MODELS}/alias`, { name, alias: key });
  else await server.change("POST", `${MODELS}/alias`, { name, alias: key, version: value });
}

/** Throws TheirError. */
export async function writeToTheirVersion(
  { server }: SyncRun,
  at: { name: string; version: string },
  field: string,
  value: string | null,
): Promise<void> {
  const [kind, key] = partsOf(field);
  if (kind === "description")
    await server.change("PATCH", `${VERSIONS}/update`, { ...at, description: value ?? "" });
  else if (kind === "tag" && value === null)
    await server.change("DELETE", `${VERSIONS}/delete-tag`, { ...at, key });
  else if (kind === "tag")
    await server.change("POST", `${VERSIONS}/set-tag`, { ...at, key, value: value ?? "" });
  else
    await server.change("POST", `${VERSIONS}/transition-stage`, {
      ...at,
      stage: STAGE_NAMES[stageOf(value ?? "none") ?? "none"],
      archive_existing_versions: false,
    });
}

const readText = (value: string | null) => readInput(descriptionSchema, value ?? "", "body");

function partsOf(field: string): [kind: "description" | "stage" | "tag" | "alias", key: string] {
  const [, kind, key = ""] = /^(description|stage|tag|alias)(?::(.*))?$/s.exec(field) ?? [];
  if (kind === undefined) throw new RegistryError("invalid_request", `There is no field ${field}.`);
  return [kind as "description", key];
}
