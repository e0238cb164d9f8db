import "server-only";
import { headers } from "next/headers";
import type { AppCtx } from "#lib/app-context.ts";
import { contextFor } from "#lib/server.ts";

/** The context of the page that is being rendered. */
export async function pageContext(): Promise<AppCtx> {
  return contextFor(await headers());
}
