/** The wire types of a conversion. */
import { z } from "zod";
import { bumpSchema, versionTextSchema } from "../request-schema.ts";

export const convertBody = z.strictObject({
  to: z.enum(["safetensors"]),
  /** Of the version that is made; without it the next one. */
  version: versionTextSchema.optional(),
  bump: bumpSchema.optional(),
});
export type ConvertBody = z.infer<typeof convertBody>;

/** What an operation keeps of that. */
export const conversionSchema = z.object({
  version_id: z.string().regex(/^\d+$/),
  to: z.enum(["safetensors"]),
  version: z.string().optional(),
  bump: bumpSchema.optional(),
});

/** Formats that can be converted. */
const CONVERTIBLE = ["torch-zip", "torch-legacy"];

export function isConvertible(format: string): boolean {
  return CONVERTIBLE.includes(format);
}
