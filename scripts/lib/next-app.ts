import type { IncomingMessage, Server, ServerResponse } from "node:http";
import next from "next";
import { newNonce, pagePolicy } from "../../lib/http/security-headers.ts";

export type NextApp = {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
};

/** Next, ready to answer: the last build, or compiled on demand in development. */
export async function openNext(
  projectFolder: string,
  isDevelopment: boolean,
  httpServer: Server,
): Promise<NextApp> {
  Object.assign(process.env, { NODE_ENV: isDevelopment ? "development" : "production" });
  // Next listens for the upgrades of its hot reload on the server itself.
  const app = next({ dev: isDevelopment, dir: projectFolder, httpServer });
  await app.prepare();
  const handle = app.getRequestHandler();
  return {
    handle: (request, response) => {
      if (!request.url?.startsWith("/_next/")) confine(request, response, isDevelopment);
      return handle(request, response);
    },
  };
}

/** Next takes the nonce of its scripts from the request. */
function confine(request: IncomingMessage, response: ServerResponse, isDevelopment: boolean): void {
  const policy = pagePolicy(newNonce(), isDevelopment);
  request.headers["content-security-policy"] = policy;
  response.setHeader("Content-Security-Policy", policy);
}
