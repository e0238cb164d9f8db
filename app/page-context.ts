import "server-only";
import { headers } from "next/headers";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { contextFor } from "#lib/server.ts";

/** The context of the page that is being rendered. */
export async function pageContext(): Promise<ModelCtx> {
  return contextFor(await headers());
}
