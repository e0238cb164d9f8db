import { buildOpenApi } from "#lib/http/openapi.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { allRoutes } from "../v1/manifest.ts";

/** Made once: it takes the event loop for a while, and does not change while the server runs. */
let text: string | undefined;

export function GET(): Response {
  text ??= JSON.stringify(buildOpenApi(allRoutes, packageJson.version));
  return new Response(text, {
    headers: { "Content-Type": "application/json", "Cache-Control": "public, max-age=60" },
  });
}
