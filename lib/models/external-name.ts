/**
 * Names that clients of MLflow give to models: any text without `/` and `:`. A model has a name of ours as well, which is in
 * URLs and paths; where MLflow's is one already, both are the same.
 */
import { RegistryError } from "#lib/errors.ts";
import { modelNameSchema } from "#lib/wire/names.ts";
import { textProblem } from "#lib/wire/storable-text.ts";

/** MLflow's own limit. */
const EXTERNAL_NAME_MAX_LENGTH = 256;
/** A number behind it still fits into a model's name. */
const DERIVED_MAX_LENGTH = 100;

export type ExternalName = { externalName: string | null; externalKey: string | null };

export const SAME_NAME: ExternalName = { externalName: null, externalKey: null };

export function isModelName(name: string): boolean {
  return modelNameSchema.safeParse(name).success;
}

export function externalKeyOf(name: string): string {
  return name.toLowerCase();
}

/** Throws `invalid_name`. */
export function checkExternalName(name: string): void {
  const problem =
    textProblem(name) ??
    (name.trim() === "" ? "is empty" : null) ??
    (/[/:]/.test(name) ? "has a slash or a colon" : null) ??
    (/^\.{1,2}$/.test(name) ? "is a step to another folder" : null) ??
    (/\p{Cc}/u.test(name) ? "has control characters" : null) ??
    (name.length > EXTERNAL_NAME_MAX_LENGTH
      ? `is over ${EXTERNAL_NAME_MAX_LENGTH} characters`
      : null);
  if (problem !== null) throw new RegistryError("invalid_name", `The name of a model ${problem}.`);
}

/** `Wire model ü` -> `wire-model-u`, `wire-model-u-2`, ...: the first of them that is free becomes the model's name. */
export function* derivedNames(external: string): Generator<string, void, undefined> {
  const plain = external
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, DERIVED_MAX_LENGTH)
    .replace(/[^a-z0-9]+$/, "");
  const base = isModelName(plain)
    ? plain
    : isModelName(`model-${plain}`)
      ? `model-${plain}`
      : "model";
  yield base;
  for (let count = 2; ; count += 1) yield `${base}-${count}`;
}
