/** The release before the newest migration goes on working while the new one has changed the database. */
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";

const projectFolder = resolve(import.meta.dirname, "..", "..");

function git(...parameters: string[]): string {
  const { status, stdout } = spawnSync("git", parameters, {
    cwd: projectFolder,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  return status === 0 ? stdout.trim() : "";
}

/** The commit before the one that brought the newest migration; empty where the history is not there. */
function findPrevious(): string {
  const changed = ["log", "-1", "--first-parent", "-m", "--diff-filter=A", "--format=%H"];
  const newest = git(...changed, "--", "prisma/migrations");
  return newest === "" ? "" : git("rev-parse", "--verify", "--quiet", `${newest}^1`);
}

const previous = findPrevious();
let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-previous-"));
  database = await createTestDatabase("migrated");
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** What a server does all day, with the code of that time. */
const DAY = `
import { SYSTEM } from "./lib/access/actor.ts";
import { composeServices } from "./lib/compose.ts";
import { loadConfig } from "./lib/config/load-config.ts";
import { listModels } from "./lib/models/list-models.ts";
import { moveAlias } from "./lib/models/move-alias.ts";
import { registerVersion } from "./lib/models/register-version.ts";
import { trashModel } from "./lib/models/trash-model.ts";

const services = await composeServices(loadConfig(), { background: true });
const ctx = services.createContext({ requestId: null, address: null, actor: SYSTEM });
for (const [name, text] of [["net", "one"], ["net", "two"], ["other", "three"]]) {
  const writer = await ctx.storage.createWriter();
  await writer.write(Buffer.from(text));
  const files = [{ path: "notes.txt", ...(await writer.finish()), writer }];
  await registerVersion(ctx, { registration: { name }, files, idempotencyKey: null });
}
await moveAlias(ctx, { name: "net", alias: "champion", version: "1.0.0" });
await trashModel(ctx, { name: "other" });
const { items } = await listModels(ctx, { limit: 10, sort: "name", tag: [], facets: false });
const file = await ctx.db.file.findFirstOrThrow({ orderBy: { versionId: "asc" } });
const reader = await ctx.blobs.openReader(file.digest, Number(file.sizeBytes));
const bytes = Buffer.alloc(reader.sizeBytes);
await reader.read(bytes, 0);
await reader.close();
console.log(JSON.stringify({ models: items.map(({ name }) => name), text: bytes.toString() }));
await services.close();
`;

/** Links to ours; but a copy of what the process that reads files may see of its own folder only. */
async function lendPackages(folder: string): Promise<void> {
  const ours = join(projectFolder, "node_modules");
  await mkdir(folder);
  for (const name of await readdir(ours))
    if (name !== "yaml") await symlink(join(ours, name), join(folder, name));
  await cp(join(ours, "yaml"), join(folder, "yaml"), { recursive: true });
}

it.skipIf(previous === "")("the previous release works on the database of this one", async () => {
  await mkdir(join(folder, "code"));
  const archive = spawnSync(
    "sh",
    ["-c", `git archive ${previous} | tar -x -C "$0"`, `${folder}/code`],
    {
      cwd: projectFolder,
    },
  );
  expect(archive.status).toBe(0);
  const cwd = join(folder, "code");
  await lendPackages(join(cwd, "node_modules"));
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    MODEL_REGISTRY_STORAGE__BASE_PATH: join(folder, "data"),
    MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
    MODEL_REGISTRY_LOG__LEVEL: "silent",
    PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const run = (...parameters: string[]) =>
    spawnSync(process.execPath, parameters, { cwd, env, encoding: "utf8" });
  const generated = run("node_modules/prisma/build/index.js", "generate");
  expect(generated.status, generated.stderr).toBe(0);
  await writeFile(join(cwd, "day.ts"), DAY);
  const outcome = run("--disable-warning=ExperimentalWarning", "day.ts");
  expect(outcome.status, outcome.stderr).toBe(0);
  expect(JSON.parse(outcome.stdout)).toEqual({ models: ["net"], text: "one" });
});
