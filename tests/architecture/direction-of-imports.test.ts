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
  ["lib/formats/planted.ts", "../models/store.ts"],
  ["lib/formats/planted.ts", "../scan/verdict.ts"],
  ["lib/formats/planted.ts", "../db/client.ts"],
  ["lib/formats/planted.ts", "next/server"],
  ["lib/scan/planted.ts", "../models/store.ts"],
  ["lib/scan/planted.ts", "../storage/contract.ts"],
  ["lib/formats/planted.ts", "../inspection/facts-pool.ts"],
  ["lib/inspection/planted.ts", "../models/store.ts"],
  ["lib/inspection/planted.ts", "../storage/contract.ts"],
  ["lib/inspection/planted.ts", "@prisma/client"],
  ["lib/storage/planted.ts", "../config/load-config.ts"],
  ["lib/storage/planted.ts", "@prisma/client"],
  ["lib/models/planted.ts", "../http/route.ts"],
  ["lib/models/planted.ts", "../server.ts"],
  ["lib/models/planted.ts", "../compose.ts"],
  ["lib/models/planted.ts", "next/headers"],
  ["lib/models/planted.ts", "react"],
  ["lib/db/planted.ts", "../models/store.ts"],
  ["lib/config/planted.ts", "../db/client.ts"],
  ["lib/db/planted.ts", "../jobs/add-job.ts"],
  ["lib/storage/planted.ts", "../alerts/raise-alert.ts"],
  ["lib/jobs/planted.ts", "../blobs/collect-blobs.ts"],
  ["lib/jobs/planted.ts", "../job-handlers.ts"],
  ["lib/alerts/planted.ts", "../http/route.ts"],
  ["lib/http/planted.ts", "../db/client.ts"],
  ["lib/http/planted.ts", "react"],
  ["components/ui/planted.tsx", "@/lib/models/list-models.ts"],
  ["components/ui/planted.tsx", "@/lib/server.ts"],
  ["components/ui/planted.tsx", "@/app/layout"],
  ["components/ui/planted.tsx", "node:fs"],
  ["app/planted.ts", "@/lib/models/store.ts"],
  ["app/planted.ts", "@/lib/db/client.ts"],
  ["app/planted.ts", "@/lib/storage/disk.ts"],
  ["app/planted.ts", "@/lib/formats/zip.ts"],
  ["app/planted.ts", "@prisma/client"],
];

const ALLOWED: [path: string, specifier: string][] = [
  ["lib/formats/planted.ts", "../errors.ts"],
  ["lib/scan/planted.ts", "../formats/contract.ts"],
  ["lib/inspection/planted.ts", "../scan/verdict.ts"],
  ["lib/models/planted.ts", "../storage/contract.ts"],
  ["lib/models/planted.ts", "../formats/contract.ts"],
  ["lib/jobs/planted.ts", "../db/client.ts"],
  ["lib/blobs/planted.ts", "../jobs/add-job.ts"],
  ["lib/blobs/planted.ts", "../alerts/raise-alert.ts"],
  ["components/ui/planted.tsx", "@/lib/models/schema.ts"],
  ["components/ui/planted.tsx", "@/lib/models/request-schema.ts"],
  ["components/ui/planted.tsx", "@/components/ui/cn"],
  ["app/planted.ts", "@/lib/models/list-models.ts"],
  ["app/planted.ts", "@/lib/server.ts"],
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
