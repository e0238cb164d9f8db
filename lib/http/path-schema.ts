/** Schemas of the path's parameters, which Next has percent-decoded once. */
import { z } from "zod";
import { rowId } from "#lib/wire/cursor.ts";
import { aliasNameSchema, modelNameSchema } from "#lib/wire/names.ts";

/** `1.2.0`, `latest` or `@alias`. */
export const refSchema = z
  .string()
  .max(128)
  .regex(/^@?[A-Za-z0-9][A-Za-z0-9.+_-]*$/, "Use a version, latest or @alias.");

export const modelParams = z.object({ name: modelNameSchema });
export const idParams = z.object({ id: z.uuid().lowercase() });
export const memberParams = z.object({ id: z.uuid().lowercase(), account: z.uuid().lowercase() });
export const grantParams = z.object({
  name: modelNameSchema,
  id: z.string().regex(/^[1-9][0-9]{0,17}$/, "This is not the id of a grant."),
});
export const versionParams = z.object({ name: modelNameSchema, ref: refSchema });
export const aliasParams = z.object({
  name: modelNameSchema,
  alias: aliasNameSchema,
});
export const protectionParams = z.object({ id: rowId });
export const moveRequestParams = z.object({ name: modelNameSchema, id: rowId });
/** `path` is compared with stored paths only; it never becomes a path on disk. */
export const fileParams = z.object({
  name: modelNameSchema,
  ref: refSchema,
  path: z
    .array(z.string())
    .transform((segments) => segments.join("/"))
    .pipe(z.string().min(1).max(1024).refine(isFilePath, "This is not a path of a file.")),
});

function isFilePath(path: string): boolean {
  const hasForbidden = [...path].some((character) => character < " " || character === "\\");
  return !hasForbidden && !path.split("/").some((part) => ["", ".", ".."].includes(part));
}
