/** The wire types of `GET /findings`. */
import { z } from "zod";
import { pageQuery } from "#lib/wire/page.ts";
import { stageSchema, timestamp, verdictSchema } from "#lib/wire/words.ts";
import { findingSchema } from "./schema.ts";

/** Of a version's findings, in the list; its own page has all. */
export const LISTED_FINDINGS_MAX = 5;

export const notCleanSchema = verdictSchema.exclude(["clean"]);
export type NotCleanVerdict = z.infer<typeof notCleanSchema>;

export const versionFindingsSchema = z.object({
  model: z.string(),
  version: z.string(),
  verdict: notCleanSchema,
  stage: stageSchema,
  aliases: z.array(z.string()),
  findings: z.array(findingSchema).meta({ description: "The worst ones, at most five." }),
  finding_count: z.number().int(),
  scanned_at: timestamp.nullable(),
  rules_version: z.number().int(),
  created_at: timestamp,
  created_by: z.string(),
});
export type VersionFindingsWire = z.infer<typeof versionFindingsSchema>;

export const listFindingsQuery = z.strictObject({
  verdict: notCleanSchema.optional(),
  /** A text in the model's name, the version, or any of its findings, in any case. */
  query: z.string().max(200).trim().optional(),
  ...pageQuery,
});
export type ListFindingsInput = z.output<typeof listFindingsQuery>;
