/**
 * Node's own request and response behind what a route is given. The server process keeps them under a key that it puts
 * into a header, and the route, which Next has bundled apart, finds them again through the global object.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Always overwritten by the server: what a client sends under this name says nothing. */
const EXCHANGE_HEADER = "x-registry-exchange";

export type NodeExchange = { request: IncomingMessage; response: ServerResponse };

/** `url` is what the client sent: Next decodes the query and encodes it again, which hides what was wrong with it. */
type KeptExchange = NodeExchange & { url: string };

const shared = globalThis as typeof globalThis & {
  registryExchanges?: Map<string, KeptExchange>;
};
let count = 0;

/** For the server: call for each request before Next sees it; it is forgotten when its answer is closed. */
export function keepExchange(exchange: NodeExchange): void {
  shared.registryExchanges ??= new Map();
  const exchanges = shared.registryExchanges;
  count += 1;
  const key = String(count);
  exchanges.set(key, { ...exchange, url: exchange.request.url ?? "" });
  exchange.request.headers[EXCHANGE_HEADER] = key;
  exchange.response.once("close", () => exchanges.delete(key));
}

/** Null without our server (a test, `next start`), and when the answer is closed. */
export function findExchange(request: Request): KeptExchange | null {
  return shared.registryExchanges?.get(request.headers.get(EXCHANGE_HEADER) ?? "") ?? null;
}
