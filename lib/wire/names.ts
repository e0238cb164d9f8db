/** How models and aliases may be named. */
import { z } from "zod";

/** Names become parts of URLs and of manifest paths, hence the narrow alphabet. */
export const MODEL_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
// Windows refuses these as file names whatever their extension, and manifests are named by the model.
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

export const modelNameSchema = z
  .string()
  .regex(
    MODEL_NAME_PATTERN,
    "Use 1 to 128 letters, digits, dots, underscores and hyphens, starting with a letter or digit.",
  )
  .refine((name) => !DEVICE_NAME.test(name), "This name is reserved by operating systems.")
  .refine((name) => !name.endsWith("."), "A name may not end with a dot.");

export const aliasNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/,
    "Use 1 to 255 letters, digits, dots, underscores and hyphens, starting with a letter, a digit or an underscore.",
  )
  .refine((alias) => alias.toLowerCase() !== "latest", "`latest` always names the newest version.");
