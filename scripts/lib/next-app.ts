import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import next from "next";

export type NextApp = {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
};

/** The web application, ready to answer: the last build, or compiled on demand in development. */
export async function openNext(
  projectFolder: string,
  isDevelopment: boolean,
  httpServer: Server,
): Promise<NextApp> {
  Object.assign(process.env, { NODE_ENV: isDevelopment ? "development" : "production" });
  const app = next({ dev: isDevelopment, dir: projectFolder, httpServer });
  await app.prepare();
  return { handle: app.getRequestHandler(), upgrade: app.getUpgradeHandler() };
}
