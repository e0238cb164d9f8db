import { RegistryError } from "#lib/errors.ts";
import type { Stage } from "#lib/wire/words.ts";

const STAGES: Readonly<Record<string, Stage>> = {
  none: "none",
  staging: "staging",
  production: "production",
  archived: "archived",
};

/** A stage as people type it. Throws `invalid_request`. */
export function stageOf(text: string): Stage {
  const key = text.toLowerCase();
  const stage = Object.hasOwn(STAGES, key) ? STAGES[key] : undefined;
  if (stage !== undefined) return stage;
  throw new RegistryError(
    "invalid_request",
    `Invalid Model Version stage: ${text.slice(0, 100).toWellFormed()}. Value must be one of None, Staging, Production, Archived.`,
  );
}
