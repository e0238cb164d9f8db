import type { CardCtx } from "#lib/cards/card-context.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";

/** The context of requests, pages and jobs: all that any room works with. */
export type AppCtx = ModelCtx & CardCtx;
