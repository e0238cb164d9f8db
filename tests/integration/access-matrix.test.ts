/**
 * Every route of the manifest against every kind of credential. What is expected is computed from the policy's table; what a
 * route is called with is a row of `route-rows.ts`, without which a new route fails here.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { allRoutes } from "../../app/api/v1/manifest.ts";
import { provideServices } from "../../lib/server.ts";
import { callRoute } from "../support/accounts.ts";
import { expectedAnswer, HOLDERS, type Holder, Holders } from "../support/holders.ts";
import { modelRegistry } from "../support/model-registry.ts";
import { NAMES, ROUTE_ROWS } from "../support/route-rows.ts";

const registry = modelRegistry({ MODEL_REGISTRY_API__AUTH_REQUIRED: "true" });
const holders = new Holders(registry);

beforeAll(async () => {
  provideServices(registry.services);
  await holders.make();
});

type Operation = (typeof allRoutes)[number]["declaration"];

function expected(
  { operation, permission }: Operation,
  holder: Holder,
  visibility: string,
): string {
  return expectedAnswer(permission, holder, visibility, {
    isOfOneModel: isOfOneModel(operation),
    isRegistration: /^register_/.test(operation),
  });
}

const pathOf = (operation: string) =>
  allRoutes.find(({ declaration }) => declaration.operation === operation)?.declaration.path ?? "";
const isOfOneModel = (operation: string) =>
  pathOf(operation).includes("{name}") || ROUTE_ROWS[operation]?.modelIn !== undefined;

async function call(operation: string, kind: string, model: string): Promise<string> {
  const row = ROUTE_ROWS[operation];
  if (row === undefined) throw new Error(`${operation} has no row in route-rows.ts`);
  const id = /^\/(operations|models|loads|cluster)/.test(pathOf(operation)) ? "1" : NAMES.id;
  const body = row.modelIn ? { ...(row.body as object), [row.modelIn]: model } : row.body;
  const { status, body: said } = await callRoute(
    operation,
    { ...NAMES, id, name: model },
    {
      token: holders.tokenOf(kind),
      query: row.query ?? "",
      ...(body === undefined ? {} : { body }),
    },
  );
  const isRefused =
    [401, 403].includes(status) || said?.code === "model_not_found" || status >= 500;
  return isRefused ? `${status} ${said?.code}` : "allowed";
}

const operations = allRoutes.map(({ declaration }) => declaration);

it("every route has a row, and there is a row for no other", () => {
  expect(Object.keys(ROUTE_ROWS).sort()).toEqual(
    operations.map(({ operation }) => operation).sort(),
  );
});

describe.each(operations.map((declaration) => ({ operation: declaration.operation, declaration })))(
  "$operation",
  ({ operation, declaration }) => {
    it.each(["private", "public"] as const)("of a %s model", async (visibility) => {
      if (visibility === "public" && !isOfOneModel(operation)) return;
      const shared = await holders.makeModel(visibility);
      const said: Record<string, string> = {};
      const wanted: Record<string, string> = {};
      for (const [kind, holder] of Object.entries(HOLDERS)) {
        const answer = expected(declaration, holder, visibility);
        // What is done to a model by whoever may is done to one of its own.
        const model =
          answer === "allowed" && isOfOneModel(operation)
            ? await holders.makeModel(visibility)
            : shared;
        said[kind] = await call(operation, kind, model);
        wanted[kind] = answer;
      }
      // A model that is not in the trash, or that has no such version, is there for nobody.
      if (/^(restore|purge)_model$/.test(operation))
        for (const kind of Object.keys(wanted))
          if (wanted[kind] === "allowed" || said[kind] === "404 model_not_found")
            said[kind] = wanted[kind] = "";
      if (operation === "exchange_token")
        expect(new Set(Object.values(said))).toEqual(new Set(["401 invalid_credentials"]));
      else expect(said).toEqual(wanted);
    });
  },
);
