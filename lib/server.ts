/** The one set of services of this server process, for app/: routes run in Node itself, pages in what Next has bundled. */

import { createRoute } from "#lib/http/route.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import packageJson from "../package.json" with { type: "json" };
import type { Services } from "./compose.ts";
import { requestScope } from "./request-scope.ts";

// Next has a copy of this module, so the services, which must exist once, are kept in the global object.
const shared = globalThis as typeof globalThis & { registryServices?: Services };

/** Sets the services; called by the server process, which has composed them, and by tests. */
export function provideServices(services: Services): void {
  shared.registryServices = services;
}

export function getServices(): Services {
  if (!shared.registryServices) throw new Error("The services are not there yet.");
  return shared.registryServices;
}

export const route = createRoute<ModelCtx>(async (request, requestId) => {
  const services = getServices();
  const actor = services.identify(request.headers);
  return services.createContext({ requestId, address: currentAddress(), actor });
});

/** The context of a page whose request has these headers. */
export function contextFor(headers: Pick<Headers, "get">): ModelCtx {
  const services = getServices();
  const actor = services.identify(headers);
  return services.createContext({ requestId: null, address: currentAddress(), actor });
}

function currentAddress(): string | null {
  return requestScope.getStore()?.address ?? null;
}

/** With `openToNetwork` everybody who reaches this server may change everything. */
export function getInstanceInfo(): { openToNetwork: boolean; version: string } {
  const { config } = getServices();
  const isLoopback = /^(localhost|127\.[0-9.]+|::1)$/.test(config.api.host);
  return { openToNetwork: !config.api.authRequired && !isLoopback, version: packageJson.version };
}
