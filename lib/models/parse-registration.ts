import { z } from "zod";
import { RegistryError } from "#lib/errors.ts";
import { parseJson } from "#lib/wire/parse-json.ts";
import { readInput } from "#lib/wire/read-input.ts";
import { type Registration, registrationSchema } from "./request-schema.ts";

/** The text fields of a multipart registration; `metadata`, `tags` and `signature` hold JSON. */
export const FORM_FIELDS = [
  "name",
  "framework",
  "version",
  "bump",
  "description",
  "metadata",
  "tags",
  "signature",
  "visibility",
] as const;
const JSON_FIELDS = new Set<string>(["metadata", "tags", "signature"]);
/** An empty input of an HTML form says nothing, so these are left out when empty. */
const EMPTY_IS_ABSENT = new Set<string>([
  "name",
  "framework",
  "version",
  "bump",
  "metadata",
  "tags",
  "signature",
  "visibility",
]);

/**
 * Form fields -> a checked registration. `modelName` is the name from the URL; a `name` field may
 * repeat it. Throws `invalid_name`, `invalid_request` with one problem per field.
 */
export function parseRegistration(
  fields: Readonly<Record<string, string>>,
  modelName?: string,
): Registration {
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(fields)) {
    if (text.trim() === "" && EMPTY_IS_ABSENT.has(key)) continue;
    values[key] = JSON_FIELDS.has(key) ? parseJsonField(key, text) : text;
  }
  if (modelName !== undefined) {
    if (
      values.name !== undefined &&
      String(values.name).toLowerCase() !== modelName.toLowerCase()
    ) {
      throw new RegistryError(
        "invalid_name",
        `The name field says ${String(values.name).slice(0, 130)}, the URL says ${modelName}.`,
        {
          problems: [{ pointer: "/name", detail: "differs from the model in the URL" }],
        },
      );
    }
    values.name = modelName;
  }
  return readInput(registrationSchema, values, "body");
}

function parseJsonField(key: string, text: string): unknown {
  try {
    const value = parseJson(text, [key]);
    if (z.record(z.string(), z.unknown()).safeParse(value).success) return value;
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    // Both kinds of bad input get the one sentence below.
  }
  throw new RegistryError(
    "invalid_request",
    `${key}: Write a JSON object, such as ${key === "signature" ? '{"inputs": [], "outputs": []}' : '{"accuracy": "0.95"}'}.`,
    {
      problems: [{ pointer: `/${key}`, detail: "is not a JSON object" }],
    },
  );
}
