import { problemResponse } from "#lib/http/problem.ts";
import { getServices } from "#lib/server.ts";
import { toRegistryError } from "#lib/to-registry-error.ts";

/** The keys by which others verify our tokens. The next one is here a day before it signs, longer than this is kept. */
export async function GET(): Promise<Response> {
  try {
    return new Response(JSON.stringify(await getServices().accounts.keys.published()), {
      headers: {
        "Content-Type": "application/jwk-set+json",
        "Cache-Control": "public, max-age=300",
      },
    });
  } catch (error) {
    return problemResponse(toRegistryError(error), crypto.randomUUID());
  }
}
