/** A PostgreSQL of one test's own, which may be frozen, killed or filled up without harm to the others. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../lib/db/embedded.ts";

export type OwnPostgres = {
  readonly url: string;
  /** SIGSTOP of all its processes: connections stay open, and nothing is answered. */
  freeze(): Promise<void>;
  thaw(): void;
  /** SIGQUIT of the postmaster; it is started again on the same port by itself. */
  crash(): void;
  stop(): Promise<void>;
};

export async function startOwnPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "registry-own-pg-"));
  // PostgreSQL runs as another user when root runs the tests.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({
    dataFolder: join(folder, "data"),
    log: () => undefined,
    settings: { fsync: "off", ...settings },
  });
  let frozen: number[] = [];
  const postmaster = () => postgres.pid() ?? 0;
  const thaw = () => {
    for (const pid of frozen) signal(pid, "SIGCONT");
    frozen = [];
  };
  return {
    url: postgres.url,
    async freeze() {
      // It first: it must not make processes while they are counted.
      signal(postmaster(), "SIGSTOP");
      const children = await readFile(
        `/proc/${postmaster()}/task/${postmaster()}/children`,
        "utf8",
      );
      frozen = [...children.trim().split(" ").map(Number), postmaster()];
      for (const pid of frozen) signal(pid, "SIGSTOP");
    },
    thaw,
    crash: () => signal(postmaster(), "SIGQUIT"),
    async stop() {
      thaw();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (pid <= 1) throw new Error("PostgreSQL does not run");
  try {
    process.kill(pid, name);
  } catch {
    // One of the children has ended by itself.
  }
}
