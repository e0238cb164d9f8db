import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { may } from "#lib/access/policy.ts";
import { isUnauthenticated } from "#lib/http/page-gate.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { contextFor } from "#lib/server.ts";

/** The context of the page that is being rendered. */
export async function pageContext(): Promise<ModelCtx> {
  try {
    const ctx = await contextFor(await headers());
    if (may(ctx, "self.read")) return ctx;
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
  }
  // The gate before Next has turned these away already; this holds where a session has ended meanwhile.
  redirect("/sign-in");
}
