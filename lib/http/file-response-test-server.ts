/** For tests: serves responses as the server does. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiRequest, NodeRequest } from "./api-request.ts";
import { sendAnswer } from "./send-answer.ts";

export type ResponseServer = { url: string; port: number; close: () => Promise<void> };

export async function serveResponses(
  answer: (request: ApiRequest) => Promise<Response>,
): Promise<ResponseServer> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      await sendAnswer(outgoing, await answer(new NodeRequest(incoming, outgoing)));
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, port, close };
}
