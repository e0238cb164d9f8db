/** The one set of services of this server process, for app/: routes run in Node itself, pages in what Next has bundled. */

import { may } from "#lib/access/policy.ts";
import type { Identity } from "#lib/accounts/identify.ts";
import { type LimitName, networkOf } from "#lib/accounts/limits.ts";
import type { Ctx } from "#lib/context.ts";
import type { ApiRequest } from "#lib/http/api-request.ts";
import { isOpenPath, isUnauthenticated, signInPath } from "#lib/http/page-gate.ts";
import type { ErrorDialect } from "#lib/http/problem.ts";
import { refuseUnknownOrigin } from "#lib/http/refuse-change.ts";
import { pathOf } from "#lib/http/request-target.ts";
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

export const route = createRoute<ModelCtx>(
  async (request, { requestId, isPublic }) => {
    const { accounts, identify, createContext } = getServices();
    // Whoever signs in may still have a credential that is not valid any more.
    const { visitor } = accounts.identification;
    const identity = isPublic ? visitor : await identify(request.headers);
    if (identity.isBySession) refuseUnknownOrigin(request);
    return createContext({ requestId, address: currentAddress(), identity });
  },
  { limit: countRequest },
);

/** Routes of a protocol whose clients sign in by a password too, and hear of errors in a dialect of their own. */
export function protocolRoutes({ dialect }: { dialect: ErrorDialect }) {
  return createRoute<ModelCtx>(
    async (request, { requestId, isPublic }) => {
      const { basic, identify, createContext } = getServices();
      const address = currentAddress();
      if (isPublic) return createContext({ requestId, address });
      const visitor = createContext({ requestId, address });
      const identity = await identify(await basic.asBearer(visitor, request.headers));
      if (identity.isBySession) refuseUnknownOrigin(request);
      return createContext({ requestId, address, identity });
    },
    { dialect, limit: countRequest },
  );
}

/** An open registry has no limits but for sign-in: everybody who reaches it may do everything. */
async function countRequest(
  { config, accounts, credential, address }: ModelCtx,
  name: LimitName,
): Promise<Readonly<Record<string, string>>> {
  if (!config.api.authRequired) return {};
  return accounts.limits.consume(name, credential?.accountId ?? networkOf(address));
}

/** Where clients find this server: as it is configured, or as this request has found it. */
export function baseUrlOf({ config }: Ctx, request: ApiRequest): string {
  return config.api.publicUrl ?? new URL(request.url).origin;
}

/** The context of a page whose request has these headers. Throws `unauthenticated` where its credential is not valid. */
export async function contextFor(headers: Pick<Headers, "get">): Promise<ModelCtx> {
  const { createContext } = getServices();
  return createContext({
    requestId: null,
    address: currentAddress(),
    identity: await identityOf(headers),
  });
}

/** The context of whoever is about to sign in. */
export function visitorContext(): ModelCtx {
  return getServices().createContext({ requestId: null, address: currentAddress() });
}

/** Where whoever asks for a page has to go first; null when it may pass. `url` is the path with its query. */
export async function gatePage(url: string, headers: Pick<Headers, "get">): Promise<string | null> {
  if (isOpenPath(pathOf(url))) return null;
  try {
    return may(await identityOf(headers), "self.read") ? null : signInPath(url);
  } catch (error) {
    if (isUnauthenticated(error)) return signInPath(url);
    throw error;
  }
}

/** Whether there is somebody to sign out, so that nobody has to sign in. */
export async function hasSignedIn(headers: Pick<Headers, "get">): Promise<boolean> {
  const identity = await identityOf(headers).catch((error: unknown) => {
    if (isUnauthenticated(error)) return null;
    throw error;
  });
  return identity !== null && identity.credential !== null;
}

/** Asked once for a request, however many parts of its page want to know. */
function identityOf(headers: Pick<Headers, "get">): Promise<Identity> {
  const scope = requestScope.getStore();
  const identity = scope?.identity ?? getServices().identify(headers);
  if (scope) scope.identity = identity;
  return identity;
}

function currentAddress(): string | null {
  return requestScope.getStore()?.address ?? null;
}

export const INSTANCE_VERSION: string = packageJson.version;

/** With `openToNetwork` everybody who reaches this server may change everything. */
export function getInstanceInfo(): { openToNetwork: boolean; version: string } {
  const { config } = getServices();
  const isLoopback = /^(localhost|127\.[0-9.]+|::1)$/.test(config.api.host);
  return { openToNetwork: !config.api.authRequired && !isLoopback, version: INSTANCE_VERSION };
}
