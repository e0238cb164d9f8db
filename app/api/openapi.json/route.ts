import { buildOpenApi } from "#lib/http/openapi.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { allRoutes } from "../v1/manifest.ts";

export function GET(): Response {
  return Response.json(buildOpenApi(allRoutes, packageJson.version), {
    headers: { "Cache-Control": "public, max-age=60" },
  });
}
