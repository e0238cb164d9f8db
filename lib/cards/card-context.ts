import type { Ctx } from "#lib/context.ts";
import type { CardParser } from "./card-parser.ts";

/** What reading Markdown works with: a parser apart from this thread. */
export type CardCtx = Ctx & { cards: CardParser };
