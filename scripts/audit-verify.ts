/**
 * `npm run audit:verify`: verifies the audit log from its first entry on, and names the first that is broken. Set the same
 * configuration as for the server, which may run or not.
 */
import { listAuditKeys, shortPublicKey } from "../lib/audit/audit-keys.ts";
import { verifyChain } from "../lib/audit/verify-chain.ts";
import type { Config } from "../lib/config/config.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { createDatabase } from "../lib/db/client.ts";
import { joinStorage } from "../lib/storage/open-storage.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { runCommand } from "./lib/run-command.ts";
import { counted, say } from "./lib/say.ts";

async function verify(configured: Config, signal: AbortSignal): Promise<number> {
  const { config, close } = await openCommandDatabase(configured, {
    ...{ isShared: true, isMade: false },
  });
  const db = createDatabase({ url: config.database.url, poolSize: 2 });
  try {
    const storage = await joinStorage(config.storage);
    const report = await verifyChain({ db, storage }, { signal, mayWait: true });
    for (const key of await listAuditKeys(db)) say("Key", shortPublicKey(key));
    say("Proven", `${counted(report.entries, "entry", "entries")}, up to the hash ${report.hash}`);
    say("Checkpoints", String(report.checkpoints));
    await storage.close();
    const { problem, waiting } = report;
    if (problem !== null) {
      const place = problem.seq === null ? "" : ` at place ${problem.seq}`;
      say("Broken", `${problem.kind}${place}: ${problem.detail}`);
      return 2;
    }
    if (waiting > 0)
      say(
        "Waiting",
        `${counted(waiting, "entry", "entries")} for a place in the chain, which a running server gives`,
      );
    return 0;
  } finally {
    await db.$disconnect();
    await close();
  }
}

const usage = `npm run audit:verify

Verifies the audit log from its first entry on, and names the first that is broken. It takes no arguments: set the same
configuration as for the server, which may run or not.

Ends with 0 when all is whole, 2 when something is broken, 1 when it cannot be verified.`;

await runCommand({ usage, options: {}, words: { most: 0 } }, (_given, signal) =>
  verify(loadConfig(), signal),
);
