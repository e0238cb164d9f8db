/**
 * The facts of the request that is being answered. Next has bundled its own copy of this module, so the one storage
 * of the process is kept in the global object.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Identity } from "#lib/accounts/identify.ts";

export type RequestScope = {
  /** The socket's address, or what a trusted proxy says: never what a client claims. */
  address: string | null;
  /** Who sends it, once somebody has asked. */
  identity?: Promise<Identity>;
};

const shared = globalThis as typeof globalThis & {
  registryRequestScope?: AsyncLocalStorage<RequestScope>;
};
shared.registryRequestScope ??= new AsyncLocalStorage();

export const requestScope: AsyncLocalStorage<RequestScope> = shared.registryRequestScope;
