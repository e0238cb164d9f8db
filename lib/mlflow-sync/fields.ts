/** What is compared of models and versions. A field with nothing in it is left out. */

import type { Link } from "./links.ts";
import { type Fields, shorten } from "./merge.ts";
import type { OurModel, OurVersion } from "./our-models.ts";
import { OWN_TAGS } from "./sync-run.ts";
import type { TheirModel, TheirVersion } from "./their-models.ts";
import { stageOf } from "./write-field.ts";

const stageField = (stage: string): [string, string][] =>
  stage === "none" ? [] : [["stage", stage]];

export function ourVersionFields({ description, stage, tags }: OurVersion): Fields {
  return new Map([...textFields(description, tags), ...stageField(stage)]);
}

export function theirVersionFields({ description, current_stage, tags }: TheirVersion): Fields {
  return new Map([
    ...textFields(description, tags),
    ...stageField(stageOf(current_stage) ?? "none"),
  ]);
}

/** Aliases name versions by their number there; `held` are those of versions that are on one side only. */
export type ModelFields = { fields: Fields; held: ReadonlySet<string> };

export function ourModelFields(model: OurModel, link: Link): ModelFields {
  const theirs = new Map([...link.versions.values()].map((row) => [row.ours, row.theirs]));
  return withAliases(
    model,
    [...model.aliases].map(([alias, { number }]) => [alias, theirs.get(number)]),
  );
}

export function theirModelFields(model: TheirModel, link: Link): ModelFields {
  return withAliases(
    model,
    [...model.aliases].map(([alias, number]) => [
      alias,
      link.versions.has(number) ? number : undefined,
    ]),
  );
}

function withAliases(
  { description, tags }: { description: string; tags: ReadonlyMap<string, string> },
  aliases: readonly [alias: string, number: number | undefined][],
): ModelFields {
  const fields = new Map(textFields(description, tags));
  const held = new Set<string>();
  for (const [alias, number] of aliases)
    if (number === undefined) held.add(`alias:${alias}`);
    else fields.set(`alias:${alias}`, String(number));
  return { fields, held };
}

export function textFields(
  description: string,
  tags: ReadonlyMap<string, string>,
): [field: string, value: string][] {
  const kept = [...tags].filter(([key]) => !key.startsWith(OWN_TAGS));
  return [
    ...(description === "" ? [] : [["description", description] as [string, string]]),
    ...kept.map(([key, value]): [string, string] => [`tag:${key}`, value]),
  ];
}

/** Whether a side still says what was agreed on. */
export function isAsAgreed(fields: Fields, agreed: Fields): boolean {
  if (fields.size !== agreed.size) return false;
  return [...fields].every(([field, value]) => agreed.get(field) === shorten(value));
}
