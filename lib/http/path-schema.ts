/** Schemas of the path's parameters. */
import { z } from "zod";
import { aliasNameSchema, modelNameSchema } from "../models/schema.ts";

/** `1.2.0`, `latest` or `@alias`. */
export const refSchema = z
  .string()
  .max(128)
  .transform((ref) => decodeOnce(ref))
  .pipe(z.string().regex(/^@?[A-Za-z0-9][A-Za-z0-9.+_-]*$/, "Use a version, latest or @alias."));

// Next hands path parameters over as they were sent, percent-encoded.
function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const name = z.string().transform(decodeOnce).pipe(modelNameSchema);

export const modelParams = z.object({ name });
export const versionParams = z.object({ name, ref: refSchema });
export const aliasParams = z.object({
  name,
  alias: z.string().transform(decodeOnce).pipe(aliasNameSchema),
});
/** `path` is compared with stored paths only; it never becomes a path on disk. */
export const fileParams = z.object({
  name,
  ref: refSchema,
  path: z
    .array(z.string())
    .transform((segments) => segments.map(decodeOnce).join("/"))
    .pipe(
      z
        .string()
        .min(1)
        .max(1024)
        .refine(
          isFilePath,
          "This is not a path of a file.",
        ),
    ),
});

function isFilePath(path: string): boolean {
  const hasForbidden = [...path].some((character) => character < " " || character === "\\");
  return !hasForbidden && !path.split("/").some((part) => ["", ".", ".."].includes(part));
}
