import type { Ctx } from "#lib/context.ts";
import type { CardParser } from "./card-parser.ts";

/** The context for reading Markdown: with a parser apart from this thread. */
export type CardCtx = Ctx & { cards: CardParser };
