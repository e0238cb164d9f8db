import type { CardCtx } from "#lib/cards/card-context.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";

/** What requests, pages and jobs are given: all that any room works with. */
export type AppCtx = ModelCtx & CardCtx;
