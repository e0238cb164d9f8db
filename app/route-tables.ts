/** Everything that is answered without Next: the API, and what supervises the server. A protocol adds its table here. */
import type { Answer } from "#lib/http/answer.ts";
import type { ApiRequest } from "#lib/http/api-request.ts";
import { type Endpoint, RouteTable } from "#lib/http/route-table.ts";
import { mlflowTables } from "#lib/protocols/mlflow/tables.ts";
import { GET as jwks } from "./.well-known/jwks.json/route.ts";
import { GET as openApi } from "./api/openapi.json/route.ts";
import { GET as unknownPath } from "./api/v1/[...path]/route.ts";
import { allRoutes } from "./api/v1/manifest.ts";
import { GET as healthz } from "./healthz/route.ts";
import { GET as metrics } from "./metrics/route.ts";
import { GET as readyz } from "./readyz/route.ts";

const api = allRoutes.map(({ declaration, answer }): Endpoint => {
  const { method, path } = declaration;
  return { method, path, answer };
});

const read = (
  path: string,
  answer: (request: ApiRequest) => Answer | Promise<Answer>,
): Endpoint => ({
  method: "GET",
  path,
  answer: async (request) => answer(request),
});

export const routeTables: readonly RouteTable[] = [
  ...mlflowTables,
  new RouteTable(api, { prefix: "/api/v1", fallback: unknownPath.answer }),
  new RouteTable([
    read("/healthz", healthz),
    read("/readyz", readyz),
    read("/metrics", metrics),
    read("/api/openapi.json", openApi),
    read("/.well-known/jwks.json", jwks),
  ]),
];
