import type { Root } from "hast";
import { z } from "zod";
import { DESCRIPTION_MAX_LENGTH, verdictSchema } from "#lib/wire/words.ts";

/** Put before every id of a card, so that none is one of the page's own (rehype-sanitize's default). */
export const ID_PREFIX = "user-content-";

/** Markdown for a preview while it is being written. */
export const markdownInputSchema = z.strictObject({
  text: z.string().max(DESCRIPTION_MAX_LENGTH),
});

export type CardTree = {
  /** Sanitised; null when the card is over a limit of nesting, time or memory, and is to be shown as text. */
  tree: Root | null;
  /** The text was longer than a page takes. */
  is_cut: boolean;
};

export const cardTreeSchema = z.object({
  tree: z.record(z.string(), z.unknown()).nullable().meta({
    description:
      "Sanitised HTML as a hast tree (github.com/syntax-tree/hast); null where the text is over a limit.",
  }),
  is_cut: z.boolean(),
});

export const modelCardSchema = z.object({
  markdown: z.string(),
  source: z.enum(["readme", "description", "none"]),
  /** The verdict that keeps the README.md from being shown; null when it is shown, or when there is none. */
  withheld: verdictSchema.nullable(),
  license: z.string().nullable(),
  tags: z.array(z.string()),
  library_name: z.string().nullable(),
  pipeline_tag: z.string().nullable(),
});
