/**
 * `npm run doctor`: looks at the configuration, this machine, the database, the bucket and the work in the background, beside
 * a server that runs or in place of one that does not start. It changes nothing but starts the embedded database where
 * no server has it. Each line is good, or says what to do; the exit code is 1 when something is bad.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Config } from "../lib/config/config.ts";
import { ConfigError } from "../lib/config/config-error.ts";
import { loadConfig } from "../lib/config/load-config.ts";
import { hasCluster } from "../lib/db/embedded-location.ts";
import { checkDatabase } from "../lib/doctor/check-database.ts";
import { checkMachine } from "../lib/doctor/check-machine.ts";
import { checkWork } from "../lib/doctor/check-work.ts";
import { bad, examine, type Finding, good, warning } from "../lib/doctor/finding.ts";
import { openStorage } from "../lib/storage/open-storage.ts";
import { checkBackupPlace } from "./lib/check-backup-place.ts";
import { openCommandDatabase } from "./lib/command-database.ts";
import { runCommand } from "./lib/run-command.ts";

const projectFolder = resolve(import.meta.dirname, "..");
const MARKS = { good: "ok  ", warning: "look", bad: "BAD " } as const;
/** A store that does not answer is asked again and again by its client. */
const BUCKET_TIMEOUT_MS = 30_000;

const found: Finding[] = [];
function tell(findings: readonly Finding[]): void {
  for (const finding of findings) {
    found.push(finding);
    console.log(`  ${MARKS[finding.state]}  ${finding.check.padEnd(14)} ${finding.detail}`);
  }
}

const usage = `npm run doctor

  Looks at the configuration, this machine, the database, the bucket and the work in the background. Each line is good, or says what
  to do. Set the same configuration as for the server. The exit code is 1 when something is bad.`;

await runCommand({ usage, options: {}, words: { most: 0 } }, async () => {
  console.log("Cluster AI Model Registry: doctor\n");
  process.chdir(projectFolder);
  const config = readConfig();
  if (config) {
    tell(await checkMachine(config));
    if (config.storage.driver === "s3") tell([await examine("Bucket", () => checkBucket(config))]);
    const place = await checkBackupPlace(config);
    if (place) tell([place]);
    await checkDatabaseOf(config, place === null || place.isUsable);
  }
  const count = (state: Finding["state"]) => found.filter((one) => one.state === state).length;
  const [bads, looks] = [count("bad"), count("warning")];
  console.log(`\n${found.length - bads - looks} good, ${looks} to look at, ${bads} bad.`);
  return bads > 0 ? 1 : 0;
});

function readConfig(): Config | null {
  const check = "Configuration";
  try {
    const config = loadConfig();
    tell([
      good(check, process.env.MODEL_REGISTRY_CONFIG ?? "config/model_registry.yaml"),
      ...config.warnings.map((text) => warning(check, text)),
    ]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell(
      error.message.split("\n").flatMap((line) => (line.trim() ? [bad(check, line.trim())] : [])),
    );
    return null;
  }
}

async function checkBucket({ storage }: Config): Promise<Finding> {
  const place = `${storage.s3.bucket} of ${storage.s3.endpoint ?? "AWS S3"}`;
  const probed = openStorage(storage).then((driver) => driver.close());
  const late = sleep(BUCKET_TIMEOUT_MS, null, { ref: false }).then(() => {
    throw new Error(
      `The bucket ${place} does not answer: check storage.s3.endpoint and the network.`,
    );
  });
  await Promise.race([probed, late]);
  return good("Bucket", `${place}: listed, written and read`);
}

async function checkDatabaseOf(config: Config, canBackUp: boolean): Promise<void> {
  const isEmbedded = config.database.url === null;
  if (isEmbedded && !(await hasCluster(config.storage.basePath)))
    return tell([warning("Database", "There is none yet; npm start makes it.")]);
  const opened: { database?: Awaited<ReturnType<typeof openCommandDatabase>> } = {};
  const start = await examine("Database", async () => {
    opened.database = await openCommandDatabase(config, { isShared: true, isMade: false });
    return good("Database", isEmbedded ? "embedded" : "external");
  });
  if (!opened.database) return tell([start]);
  const { config: complete, close } = opened.database;
  const url = complete.database.url ?? "";
  try {
    const findings = await checkDatabase(url, { projectFolder, isEmbedded });
    tell(findings);
    const isWhole = findings.some(({ check, state }) => check === "Migrations" && state === "good");
    if (!isWhole) return;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      tell(await checkWork(client, complete, canBackUp));
    } finally {
      await client.end();
    }
  } finally {
    await close();
  }
}
