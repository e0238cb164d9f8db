import { chmod, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../lib/db/embedded.ts";
import { placeMigratedCluster } from "../../tests/support/migrated-cluster.ts";

export type CuttableDatabase = {
  url: string;
  /** Nobody reaches it any more, until `mend`. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
};

/** PostgreSQL behind a connection that a test can cut. */
export async function startCuttableDatabase(): Promise<CuttableDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "registry-e2e-"));
  // PostgreSQL runs as another user when root runs the tests.
  await chmod(folder, 0o711);
  await placeMigratedCluster(folder);
  const postgres = await startEmbeddedPostgres({ dataFolder: folder, log: () => {} });
  const sockets = new Set<Socket>();
  let isCut = false;
  const proxy = createServer((client) => {
    if (isCut) return client.destroy();
    const target = connect(postgres.port, "127.0.0.1");
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  const url = new URL(postgres.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => {
      isCut = false;
    },
    async stop() {
      cut();
      proxy.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
