/** The linter must refuse what the design forbids: each row plants one import and expects an error. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

/** The project's own configuration in a folder of its own, so that nothing is planted in the tree. */
const folder = mkdtempSync(join(tmpdir(), "direction-of-imports-"));
const settings = JSON.parse(readFileSync("biome.json", "utf8"));
writeFileSync(
  join(folder, "biome.json"),
  JSON.stringify({ ...settings, $schema: undefined, vcs: { enabled: false } }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lint(path: string, source: string): { ok: boolean; output: string } {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const run = spawnSync(resolve("node_modules/.bin/biome"), ["lint", path, "--colors=off"], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(file);
  return { ok: run.status === 0, output: run.stdout + run.stderr };
}

const FORBIDDEN: [path: string, specifier: string][] = [
  ["lib/formats/planted.ts", "#lib/models/store.ts"],
  ["lib/formats/planted.ts", "#lib/scan/verdict.ts"],
  ["lib/formats/planted.ts", "#lib/db/client.ts"],
  ["lib/formats/planted.ts", "#lib/inspection/facts-pool.ts"],
  ["lib/scan/planted.ts", "#lib/models/store.ts"],
  ["lib/scan/planted.ts", "#lib/storage/contract.ts"],
  ["lib/mrz/planted.ts", "#lib/formats/contract.ts"],
  ["lib/mrz/planted.ts", "#lib/blobs/blob-store.ts"],
  ["lib/wire/planted.ts", "#lib/models/schema.ts"],
  ["lib/wire/planted.ts", "#lib/db/client.ts"],
  ["lib/workers/planted.ts", "#lib/blobs/blob-store.ts"],
  ["lib/access/planted.ts", "#lib/models/store.ts"],
  ["lib/access/planted.ts", "#lib/http/route.ts"],
  ["lib/access/planted.ts", "#lib/accounts/accounts.ts"],
  ["lib/accounts/planted.ts", "#lib/models/store.ts"],
  ["lib/accounts/planted.ts", "#lib/http/route.ts"],
  ["lib/audit/planted.ts", "#lib/accounts/accounts.ts"],
  ["lib/inspection/planted.ts", "#lib/models/store.ts"],
  ["lib/inspection/planted.ts", "#lib/storage/contract.ts"],
  ["lib/storage/planted.ts", "#lib/config/load-config.ts"],
  ["lib/models/planted.ts", "#lib/http/route.ts"],
  ["lib/models/planted.ts", "#lib/metrics/get-stats.ts"],
  ["lib/models/planted.ts", "#lib/monitoring/sampler.ts"],
  ["lib/alerts/planted.ts", "#lib/monitoring/sampler.ts"],
  ["lib/metrics/planted.ts", "#lib/monitoring/sampler.ts"],
  ["lib/monitoring/planted.ts", "#lib/http/route.ts"],
  ["lib/monitoring/planted.ts", "#lib/models/store.ts"],
  ["lib/tracing/planted.ts", "#lib/db/client.ts"],
  ["lib/uploads/planted.ts", "#lib/models/store.ts"],
  ["lib/blobs/planted.ts", "#lib/models/store.ts"],
  ["lib/blobs/planted.ts", "#lib/uploads/schema.ts"],
  ["lib/doctor/planted.ts", "#lib/models/store.ts"],
  ["lib/backup/planted.ts", "#lib/models/store.ts"],
  ["lib/backup/planted.ts", "#lib/compose.ts"],
  ["lib/blobs/planted.ts", "#lib/backup/target.ts"],
  ["lib/storage/planted.ts", "#lib/backup/target.ts"],
  ["lib/audit/planted.ts", "#lib/blobs/schema.ts"],
  ["lib/alerts/planted.ts", "#lib/blobs/schema.ts"],
  ["lib/events/planted.ts", "#lib/audit/record-change.ts"],
  ["lib/outbox/planted.ts", "#lib/audit/record-change.ts"],
  ["lib/outbox/planted.ts", "#lib/operations/add-job.ts"],
  ["lib/outgoing/planted.ts", "#lib/db/client.ts"],
  ["lib/outgoing/planted.ts", "#lib/webhooks/schema.ts"],
  ["lib/deliveries/planted.ts", "#lib/webhooks/schema.ts"],
  ["lib/deliveries/planted.ts", "#lib/notifications/schema.ts"],
  ["lib/webhooks/planted.ts", "#lib/notifications/schema.ts"],
  ["lib/webhooks/planted.ts", "#lib/models/store.ts"],
  ["lib/notifications/planted.ts", "#lib/models/store.ts"],
  ["lib/alerts/planted.ts", "#lib/notifications/schema.ts"],
  ["lib/audit/planted.ts", "#lib/webhooks/schema.ts"],
  ["lib/models/planted.ts", "#lib/webhooks/schema.ts"],
  ["lib/models/planted.ts", "#lib/mlflow-sync/schema.ts"],
  ["lib/outgoing/planted.ts", "#lib/mlflow-sync/schema.ts"],
  ["lib/mlflow-sync/planted.ts", "#lib/protocols/mlflow/wire.ts"],
  ["lib/mlflow-sync/planted.ts", "#lib/http/route.ts"],
  ["lib/mlflow-sync/planted.ts", "#lib/blobs/blob-store.ts"],
  ["lib/models/planted.ts", "#lib/imports/run-import.ts"],
  ["lib/mlflow-sync/planted.ts", "#lib/imports/run-import.ts"],
  ["lib/imports/planted.ts", "#lib/protocols/mlflow/wire.ts"],
  ["lib/imports/planted.ts", "#lib/blobs/blob-store.ts"],
  ["lib/operations/planted.ts", "#lib/deliveries/schema.ts"],
  ["lib/cards/planted.ts", "#lib/models/schema.ts"],
  ["lib/cluster/planted.ts", "#lib/blobs/blob-store.ts"],
  ["lib/cluster/planted.ts", "#lib/http/route.ts"],
  ["lib/models/planted.ts", "#lib/cluster/schema.ts"],
  ["lib/operations/planted.ts", "#lib/cluster/store.ts"],
  ["lib/db/planted.ts", "#lib/models/store.ts"],
  ["lib/db/planted.ts", "#lib/config/load-config.ts"],
  ["lib/config/planted.ts", "#lib/db/client.ts"],
  ["lib/db/planted.ts", "#lib/operations/add-job.ts"],
  ["lib/storage/planted.ts", "#lib/alerts/raise-alert.ts"],
  ["lib/operations/planted.ts", "#lib/blobs/schema.ts"],
  ["lib/operations/planted.ts", "#lib/alerts/raise-alert.ts"],
  ["lib/audit/planted.ts", "#lib/operations/store.ts"],
  ["lib/alerts/planted.ts", "#lib/http/route.ts"],
  ["lib/http/planted.ts", "#lib/db/client.ts"],
  ["lib/http/planted.ts", "#lib/protocols/mlflow/tables.ts"],
  ["lib/models/planted.ts", "#lib/protocols/mlflow/tables.ts"],
  ["lib/protocols/planted.ts", "#lib/audit/record-change.ts"],
  ["lib/protocols/planted.ts", "#lib/storage/contract.ts"],
  ["lib/protocols/planted.ts", "#lib/compose.ts"],
  ["lib/metrics/planted.ts", "#lib/http/route.ts"],
  ["lib/models/planted.ts", "#lib/server.ts"],
  ["lib/models/planted.ts", "#lib/compose.ts"],
  ["lib/blobs/planted.ts", "#lib/server.ts"],
  ["lib/operations/planted.ts", "#lib/job-handlers.ts"],
  ["lib/formats/planted.ts", "#lib/context.ts"],
  ["lib/formats/planted.ts", "next/server"],
  ["lib/inspection/planted.ts", "@prisma/client"],
  ["lib/storage/planted.ts", "@prisma/client"],
  ["lib/models/planted.ts", "next/headers"],
  ["lib/models/planted.ts", "react"],
  ["lib/http/planted.ts", "react"],
  ["components/ui/planted.tsx", "#lib/models/list-models.ts"],
  ["components/ui/planted.tsx", "#lib/blobs/report/get-storage.ts"],
  ["components/ui/planted.tsx", "#lib/server.ts"],
  ["components/ui/planted.tsx", "#app/layout.tsx"],
  ["components/ui/planted.tsx", "node:fs"],
  ["cli/src/planted.ts", "#lib/models/schema.ts"],
  ["cli/src/planted.ts", "#components/api/paths.ts"],
  ["cli/src/planted.ts", "next/server"],
  ["cli/src/planted.ts", "../../lib/models/schema.ts"],
  ["app/planted.ts", "#lib/models/store.ts"],
  ["app/planted.ts", "#lib/models/list-store.ts"],
  ["app/planted.ts", "#lib/db/client.ts"],
  ["app/planted.ts", "#lib/storage/disk.ts"],
  ["app/planted.ts", "#lib/formats/archives/zip.ts"],
  ["app/planted.ts", "@prisma/client"],
];

const ALLOWED: [path: string, specifier: string][] = [
  ["lib/formats/planted.ts", "#lib/errors.ts"],
  ["lib/formats/planted.ts", "#lib/wire/region.ts"],
  ["lib/scan/planted.ts", "#lib/formats/contract.ts"],
  ["lib/inspection/planted.ts", "#lib/scan/verdict.ts"],
  ["lib/models/planted.ts", "#lib/storage/contract.ts"],
  ["lib/models/planted.ts", "#lib/uploads/schema.ts"],
  ["lib/models/planted.ts", "#lib/access/policy.ts"],
  ["lib/uploads/planted.ts", "#lib/blobs/claim-blobs.ts"],
  ["lib/backup/planted.ts", "#lib/blobs/reading/open-stored.ts"],
  ["lib/backup/planted.ts", "#lib/operations/start-operation.ts"],
  ["lib/cluster/planted.ts", "#lib/models/store.ts"],
  ["lib/cluster/planted.ts", "#lib/operations/store.ts"],
  ["lib/operations/planted.ts", "#lib/db/client.ts"],
  ["lib/operations/planted.ts", "#lib/audit/record-change.ts"],
  ["lib/blobs/planted.ts", "#lib/operations/add-job.ts"],
  ["lib/blobs/planted.ts", "#lib/alerts/raise-alert.ts"],
  ["components/ui/planted.tsx", "#lib/models/schema.ts"],
  ["components/ui/planted.tsx", "#lib/models/request-schema.ts"],
  ["components/ui/planted.tsx", "#lib/wire/words.ts"],
  ["components/ui/planted.tsx", "#components/ui/cn.ts"],
  ["cli/src/planted.ts", "zod/mini"],
  ["cli/src/planted.ts", "../../lib/wire/finding-words.ts"],
  ["app/planted.ts", "#lib/models/list-models.ts"],
  ["app/planted.ts", "#lib/server.ts"],
];

describe("the direction of imports", () => {
  it.each(FORBIDDEN)("%s may not import %s", (path, specifier) => {
    const { ok, output } = lint(path, `import { planted } from "${specifier}";\nplanted();\n`);
    expect(output).toContain("noRestrictedImports");
    expect(ok).toBe(false);
  });

  it.each(ALLOWED)("%s may import %s", (path, specifier) => {
    const { ok, output } = lint(path, `import { planted } from "${specifier}";\nplanted();\n`);
    expect(output).not.toContain("noRestrictedImports");
    expect(ok).toBe(true);
  });
});
