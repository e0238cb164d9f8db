/** A network that loses the database's packets must not keep a server from ending. */
import { expect, it } from "vitest";
import { startFreezingRelay } from "../support/freezing-relay.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

/** What Kubernetes gives a container between SIGTERM and SIGKILL. */
const GRACE_MS = 30_000;

it("a server whose database does not answer any more says so and ends in time", async () => {
  const database = await createTestDatabase("migrated");
  const url = new URL(database.url);
  const relay = await startFreezingRelay({ host: url.hostname, port: Number(url.port) });
  url.port = String(relay.port);
  try {
    const server = await startServer({ env: { DATABASE_URL: url.href } });
    relay.freeze();
    const begun = Date.now();
    expect(await server.stop()).toBe(1);
    expect(Date.now() - begun).toBeLessThan(GRACE_MS);
    expect(server.logs()).toContain("Does the database answer?");
    expect(server.logs()).not.toMatch(/\n\s+at closeServices/);
  } finally {
    await relay.close();
    await database.drop();
  }
});
