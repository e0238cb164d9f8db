/** For tests: serves responses exactly as Next does, by Next's own pipe and its own header rule. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeToNodeResponse } from "next/dist/server/pipe-readable.js";
import { signalFromNodeResponse } from "next/dist/server/web/spec-extension/adapters/next-request.js";
import { keepExchange } from "./node-exchange.ts";
import { RegistryResponse } from "./registry-response.ts";

/** What Next's send-response.js does not pass on. */
const DROPPED_BY_NEXT = new Set(["content-length", "content-encoding", "transfer-encoding"]);

export type ResponseServer = { url: string; port: number; close: () => Promise<void> };

export async function serveResponses(
  answer: (request: Request) => Promise<Response>,
): Promise<ResponseServer> {
  const listener: RequestListener = async (incoming, outgoing) => {
    try {
      keepExchange({ request: incoming, response: outgoing });
      const headers = new Headers(incoming.headers as Record<string, string>);
      const signal = signalFromNodeResponse(outgoing);
      const method = incoming.method ?? "GET";
      const request = new Request(`http://test${incoming.url}`, { method, headers, signal });
      const response = await answer(request);
      outgoing.statusCode = response.status;
      for (const [name, value] of response.headers)
        if (!DROPPED_BY_NEXT.has(name)) outgoing.setHeader(name, value);
      if (response.body && method !== "HEAD") await pipeToNodeResponse(response.body, outgoing);
      else outgoing.end();
    } catch {
      outgoing.destroy();
    }
  };
  const server = createServer({ ServerResponse: RegistryResponse }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, port, close };
}
