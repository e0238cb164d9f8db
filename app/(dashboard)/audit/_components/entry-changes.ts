/** The detail of an entry as people read it: which fields changed from what to what, and what else is known. */

export type FieldChange = { field: string; before: string | null; after: string | null };
export type EntryFact = { name: string; value: string };
export type EntryChanges = {
  changes: FieldChange[];
  facts: EntryFact[];
  /** Fields that are left out, since there are too many for a page. */
  omitted: number;
};

const FIELDS_MAX = 50;
/** Descriptions are up to 64 KiB; the export has all of them. */
const TEXT_MAX_LENGTH = 400;
/** Of the maps whose members are told by themselves, such as `tags.team`. */
const DEPTH_MAX = 3;

export function entryChanges(detail: Readonly<Record<string, unknown>>): EntryChanges {
  const { before, after, ...rest } = detail;
  const [was, is] = [flatten(before), flatten(after)];
  const fields = [...new Set([...was.keys(), ...is.keys()])];
  const changes = fields
    .map((field) => ({ field, before: was.get(field) ?? null, after: is.get(field) ?? null }))
    .filter((change) => change.before !== change.after);
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ({ name, value: textOf(value) }));
  return {
    changes: changes.slice(0, FIELDS_MAX),
    facts: facts.slice(0, FIELDS_MAX),
    omitted: Math.max(0, changes.length - FIELDS_MAX) + Math.max(0, facts.length - FIELDS_MAX),
  };
}

/** Paths of members to their texts; the empty path for a value that has no members. */
function flatten(value: unknown, path = "", depth = 0): Map<string, string> {
  if (value === undefined || value === null) return new Map();
  if (!isMap(value) || depth === DEPTH_MAX) return new Map([[path, textOf(value)]]);
  const members = Object.entries(value);
  if (members.length === 0 && depth > 0) return new Map();
  return new Map(
    members.flatMap(([key, member]) => [
      ...flatten(member, path === "" ? key : `${path}.${key}`, depth + 1),
    ]),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > TEXT_MAX_LENGTH ? `${text.slice(0, TEXT_MAX_LENGTH)}…` : text;
}
