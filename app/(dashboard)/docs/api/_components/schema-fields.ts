/** JSON Schema (as OpenAPI 3.1 carries it) -> rows of a table. Pure. */

export type Schema = {
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

export type Field = {
  /** `files[].digest` for the digest of each item of `files`. */
  name: string;
  type: string;
  isRequired: boolean;
  description?: string;
  values?: string[];
  default?: string;
  range?: string;
};

/** Deeper parts are shown as `object`; nothing of this API is nested further. */
const DEPTH_MAX = 4;

/** The fields of an object, nested ones right after their parent. */
export function fieldsOf(schema: Schema, prefix = "", depth = 0): Field[] {
  if (depth > DEPTH_MAX) return [];
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const field = fieldOf(`${prefix}${key}`, value, required.has(key));
    return [field, ...childrenOf(value, field.name, depth + 1)];
  });
}

/** One field without the fields that are nested in it. */
export function fieldOf(name: string, schema: Schema, isRequired: boolean): Field {
  const values = (schema.enum ?? schema.items?.enum)?.filter((value) => value !== null).map(String);
  return {
    name,
    type: typeOf(schema),
    isRequired,
    ...(schema.description ? { description: schema.description } : {}),
    ...(values ? { values } : {}),
    ...(schema.default === undefined ? {} : { default: JSON.stringify(schema.default) }),
    ...rangeOf(schema),
  };
}

function childrenOf(schema: Schema, name: string, depth: number): Field[] {
  if (schema.properties) return fieldsOf(schema, `${name}.`, depth);
  if (schema.items) return childrenOf(schema.items, `${name}[]`, depth);
  return [];
}

export function typeOf(schema: Schema): string {
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(" | ");
  if (schema.allOf) return [...new Set(schema.allOf.map(typeOf))].join(" & ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  return types.map((type) => nameOf(type, schema)).join(" | ");
}

function nameOf(type: string, schema: Schema): string {
  if (type === "array") {
    const item = schema.items ? typeOf(schema.items) : "any";
    return item.includes(" ") ? `(${item})[]` : `${item}[]`;
  }
  if (type === "string" && schema.format === "date-time") return "date-time";
  if (type === "string" && schema.format === "binary") return "file";
  const values = schema.additionalProperties;
  if (type === "object" && !schema.properties && values && typeof values === "object") {
    return `map<string, ${typeOf(values)}>`;
  }
  return type;
}

/** zod writes the largest safe integer where there is no real bound, which says nothing to a reader. */
function rangeOf({ minimum, maximum }: Schema): { range?: string } {
  const highest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && highest !== undefined) return { range: `${minimum} – ${highest}` };
  if (minimum !== undefined) return { range: `≥ ${minimum}` };
  return highest === undefined ? {} : { range: `≤ ${highest}` };
}
