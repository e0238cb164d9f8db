/**
 * `npm run bench` runs all benchmarks, `npm run bench -- download upload` some. Each compares with its baseline
 * in turn in the same run; docs/performance.md says what the numbers mean.
 */

import { benchAuthorization } from "./authorization.ts";
import { benchBackgroundCompression } from "./background-compression.ts";
import { benchBackup } from "./backup.ts";
import { benchCache } from "./cache.ts";
import { benchCli } from "./cli.ts";
import { benchClients } from "./clients.ts";
import { benchCluster } from "./cluster.ts";
import { benchCompressedDownload } from "./compressed-download.ts";
import { benchCompression } from "./compression.ts";
import { benchDownload } from "./download.ts";
import { benchLists } from "./lists.ts";
import { benchLoad } from "./load.ts";
import { benchMemory } from "./memory.ts";
import { benchMlflow } from "./mlflow.ts";
import { benchMonitoring } from "./monitoring.ts";
import { benchPython } from "./python.ts";
import { benchRequests } from "./requests.ts";
import { benchResumable } from "./resumable.ts";
import { benchS3 } from "./s3.ts";
import { benchScanPeers } from "./scan-peers.ts";
import { printTable, type Row } from "./support/statistics.ts";
import { makeWorkplace } from "./support/workplace.ts";
import { benchUpload } from "./upload.ts";

const BENCHMARKS: Record<string, (folder: string) => Promise<Row[]>> = {
  download: benchDownload,
  upload: benchUpload,
  resumable: benchResumable,
  memory: benchMemory,
  clients: benchClients,
  requests: benchRequests,
  authorization: benchAuthorization,
  load: benchLoad,
  lists: benchLists,
  compression: benchCompression,
  "compressed-download": benchCompressedDownload,
  cache: benchCache,
  "background-compression": benchBackgroundCompression,
  s3: benchS3,
  backup: benchBackup,
  monitoring: benchMonitoring,
  python: benchPython,
  cli: benchCli,
  cluster: benchCluster,
  mlflow: benchMlflow,
  "scan-peers": benchScanPeers,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. There are ${Object.keys(BENCHMARKS).join(", ")}.`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`${name} ...`);
  const workplace = await makeWorkplace();
  try {
    rows.push(...(await benchmark(workplace.folder)));
  } finally {
    await workplace.dispose();
  }
}
printTable(rows);
process.exit(rows.some((row) => row.isKept === false) ? 1 : 0);
