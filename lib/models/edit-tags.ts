import { readInput } from "#lib/wire/read-input.ts";
import { tagsSchema } from "./request-schema.ts";

/** Single tags, whatever the others are; null removes one. */
export type TagEdits = { setTags?: Readonly<Record<string, string | null>> | undefined };

/**
 * The tags after the edits, to be asked for while the row is held: two edits at once do not lose one. Throws
 * `invalid_request` where they are too many or too long together.
 */
export function editTags(
  present: unknown,
  edits: TagEdits["setTags"],
): { tags?: Record<string, string> } {
  if (edits === undefined) return {};
  const tags = new Map(Object.entries(present as Record<string, string>));
  for (const [key, value] of Object.entries(edits))
    if (value === null) tags.delete(key);
    else tags.set(key, value);
  const all = Object.fromEntries(tags);
  // What is removed may not be refused.
  const adds = Object.values(edits).some((value) => value !== null);
  return { tags: adds ? readInput(tagsSchema, all, "body") : all };
}
