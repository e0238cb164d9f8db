import type { SearchParams } from "#app/(dashboard)/models/[name]/_components/read-page.ts";
import {
  COMPARED_VERSIONS_MAX,
  toVersionChoice,
  type VersionChoice,
  versionChoiceText,
} from "#lib/models/request-schema.ts";

/** As the address has it, and what it names; `choice` is null for a text that can name no version. */
export type Chosen = { text: string; choice: VersionChoice | null };

/** The base and the others that the address names, each once. */
export function readChoices(params: SearchParams): { from: Chosen | null; to: Chosen[] } {
  const [from] = [params.from ?? []].flat();
  const others = new Set([params.to ?? []].flat().filter((text) => text !== "" && text !== from));
  return {
    // The base is a version of the model that the path names.
    from: from === undefined || from === "" ? null : toBase(from),
    to: [...others].slice(0, COMPARED_VERSIONS_MAX).map(toChosen),
  };
}

function toBase(text: string): Chosen {
  return text.includes("/") ? { text, choice: null } : toChosen(text);
}

function toChosen(text: string): Chosen {
  const isVersion = versionChoiceText.safeParse(text).success;
  return { text, choice: isVersion ? toVersionChoice(text) : null };
}
