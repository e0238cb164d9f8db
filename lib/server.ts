/** The one set of services of this server process, for app/. */
import "server-only";
import { headers } from "next/headers";
import { loadConfig } from "#lib/config/load-config.ts";
import { createRoute } from "#lib/http/route.ts";
import packageJson from "../package.json" with { type: "json" };
import type { AppCtx } from "./app-context.ts";
import { composeServices, type Services } from "./compose.ts";

// Next evaluates this module once per bundle; the services must exist once per process.
const shared = globalThis as typeof globalThis & { registryServices?: Promise<Services> };

export function getServices(): Promise<Services> {
  shared.registryServices ??= composeServices(loadConfig()).catch((error) => {
    delete shared.registryServices;
    throw error;
  });
  return shared.registryServices;
}

/** What scripts/serve.ts sets on every request: the socket's address, never what a client claims. */
const ADDRESS_HEADER = "x-registry-client-address";

export const route = createRoute(async (request, requestId) => {
  const services = await getServices();
  return services.createContext({ requestId, address: request.headers.get(ADDRESS_HEADER) });
});

/** The context of a page that is being rendered. */
export async function pageContext(): Promise<AppCtx> {
  const services = await getServices();
  const address = (await headers()).get(ADDRESS_HEADER);
  return services.createContext({ requestId: null, address });
}

/** `openToNetwork`: everybody who reaches this server may change everything. */
export async function getInstanceInfo(): Promise<{ openToNetwork: boolean; version: string }> {
  const { config } = await getServices();
  const isLoopback = /^(localhost|127\.[0-9.]+|::1)$/.test(config.api.host);
  return { openToNetwork: !config.api.authRequired && !isLoopback, version: packageJson.version };
}
