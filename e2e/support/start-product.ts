import { startServer } from "../../tests/support/server.ts";

/** Playwright global setup: the built product on a free port, or the one that E2E_BASE_URL names. */
export default async function startProduct(): Promise<() => Promise<void>> {
  if (process.env.E2E_BASE_URL !== undefined) return async () => undefined;
  const server = await startServer();
  process.env.E2E_BASE_URL = server.baseUrl;
  return async () => {
    await server.stop();
  };
}
