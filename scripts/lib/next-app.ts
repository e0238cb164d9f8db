import type { IncomingMessage, Server, ServerResponse } from "node:http";
import next from "next";

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
  return { handle: app.getRequestHandler() };
}
