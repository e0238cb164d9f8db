/** Commands of the project that people run by hand, as the documentation says. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { expect, it } from "vitest";
import { makeFolders, runBackupCommand } from "../support/backup-commands.ts";
import { createTestDatabase } from "../support/postgres.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");

function run(script: string, ...parameters: string[]) {
  const command = [join(projectFolder, script), ...parameters];
  return spawnSync(process.execPath, command, { encoding: "utf8", cwd: projectFolder });
}

it("registering the real models without a server says how to name one, before anything is fetched", () => {
  const { status, stderr } = run("scripts/real-models/register.ts", "--url", "http://127.0.0.1:1");
  expect(status).toBe(1);
  expect(stderr).toContain("http://127.0.0.1:1 does not answer");
  expect(stderr).toContain("--url");
});

it("the bulk seed fills an empty database, and adds to it when it runs again", async () => {
  const database = await createTestDatabase("empty");
  try {
    for (const count of ["20", "10"])
      expect(run("bench/seed-bulk.ts", database.url, count)).toMatchObject({ status: 0 });
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query("select count(*)::int as n from version");
    await client.end();
    expect(rows).toEqual([{ n: 90 }]);
  } finally {
    await database.drop();
  }
});

it("the bulk seed without a database, or with one that does not answer, shows how it is called", () => {
  for (const parameters of [
    [],
    ["postgresql://postgres@127.0.0.1:1/x"],
    ["postgresql://x/y", "-3"],
  ])
    expect(run("bench/seed-bulk.ts", ...parameters).stderr).toContain("<DATABASE_URL> [models]");
});

it("commands that are asked for help, or called wrongly, or for a registry that is not there, make nothing", async () => {
  const folders = await makeFolders();
  const data = folders.at("mistyped");
  const settings = { MODEL_REGISTRY_STORAGE__BASE_PATH: data };
  const scripts = [
    ...(["backup", "restore", "verify-backup", "reindex", "audit-verify", "doctor"] as const),
  ];
  try {
    await Promise.all(
      scripts.map(async (script) => {
        const help = await runBackupCommand(script, ["--help"], settings);
        expect(help, script).toMatchObject({ code: 0 });
        expect(help.output).toMatch(/^npm run /);
      }),
    );
    const wrong = await runBackupCommand("backup", ["--nonsense"], settings);
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.output).toMatch(/There is no option --nonsense\.\n\nnpm run /);
    for (const script of ["backup", "audit-verify"] as const)
      expect(await runBackupCommand(script, [], settings)).toMatchObject({
        code: 1,
        output: expect.stringContaining(`There is no registry in ${data}`),
      });
    expect(existsSync(data)).toBe(false);
  } finally {
    await folders.remove();
  }
});
