/** The place that a backup goes to: a command and a server that disagree, a folder that is not there, servers without a place to share. */
import { mkdir, readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolders, runBackupCommand } from "../support/backup-commands.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let folders: Awaited<ReturnType<typeof makeFolders>>;
let server: RunningServer;
let api: RegistryClient;
/** Attempts of the queue and their pauses take a minute and a half. */
const AT_ONCE_MS = 60_000;
const PASSPHRASE = { MODEL_REGISTRY_BACKUP__PASSPHRASE: "correct horse battery staple" };
const settings = (target: string, data = server.dataFolder) => ({
  MODEL_REGISTRY_STORAGE__BASE_PATH: data,
  MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
  MODEL_REGISTRY_BACKUP__TARGET: folders.at(target),
});

beforeAll(async () => {
  folders = await makeFolders();
  await mkdir(folders.at("ours"));
  await mkdir(folders.at("other"));
  server = await startServer({
    env: {
      MODEL_REGISTRY_BACKUP__TARGET: folders.at("ours"),
      MODEL_REGISTRY_BACKUP__SCHEDULE: "off",
      MODEL_REGISTRY_BACKUP__DRILL_SCHEDULE: "off",
      MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
    },
  });
  api = new RegistryClient(server.baseUrl);
  const bytes = Buffer.from("a text");
  const answer = await api.register({ name: "net" }, [{ path: "notes.txt", bytes }]);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
});
afterAll(async () => {
  await server?.stop();
  await folders.remove();
});

const manifests = async (target: string) =>
  (await readdir(folders.at(target), { recursive: true })).filter((path) =>
    /manifest\.json/.test(path),
  );
const openAlerts = async () =>
  (await api.get("/api/v1/alerts")).body.items.filter(
    (alert: { kind: string; resolved_at: string | null }) =>
      alert.kind.startsWith("backup") && alert.resolved_at === null,
  );

describe("npm run backup beside a server", () => {
  it("that has another target is refused, and nothing is written anywhere", async () => {
    const outcome = await runBackupCommand("backup", [], settings("other"));
    expect(outcome, outcome.output).toMatchObject({ code: 1 });
    expect(outcome.output).toContain(folders.at("ours"));
    expect(outcome.output).toContain(folders.at("other"));
    expect(outcome.output).toMatch(/the same backup settings/);
    expect(outcome.output).not.toMatch(/Done|^ +at /m);
    expect([await manifests("ours"), await manifests("other")]).toEqual([[], []]);
    expect(await openAlerts(), "no backup of the registry has failed").toEqual([]);
  });

  it("that does not encrypt is refused when it has a passphrase", async () => {
    const outcome = await runBackupCommand("backup", [], { ...settings("ours"), ...PASSPHRASE });
    expect(outcome, outcome.output).toMatchObject({ code: 1 });
    expect(outcome.output).toMatch(/not encrypted/);
    expect(await manifests("ours")).toEqual([]);
  });

  it("that has the same target makes one there, and the operation names the place", async () => {
    const outcome = await runBackupCommand("backup", [], settings("ours"));
    expect(outcome, outcome.output).toMatchObject({ code: 0 });
    expect(await manifests("ours")).toHaveLength(1);
    const { id } = (await api.send("POST", "/api/v1/backups")).body;
    const get = async () => (await api.get(`/api/v1/operations/${id}`)).body;
    await expect.poll(async () => (await get()).state, { timeout: 60_000 }).toBe("done");
    expect((await get()).subject).toBe(`${folders.at("ours")}, not encrypted`);
  });
});

describe("a folder for backups that is not there", () => {
  const sentence =
    /The folder for backups, \S+nowhere, is not there\. Mount its volume, or make it/;

  it("ends the command at once with one sentence, beside a server", async () => {
    const begun = Date.now();
    const outcome = await runBackupCommand("backup", [], settings("nowhere"));
    expect(outcome, outcome.output).toMatchObject({ code: 1 });
    expect(Date.now() - begun).toBeLessThan(AT_ONCE_MS);
    expect(outcome.output).toMatch(sentence);
    expect(outcome.output).not.toMatch(/Done|^ +at /m);
  });

  it("is bad to the doctor, who does not promise a backup", async () => {
    const { code, output } = await runBackupCommand("doctor", [], settings("nowhere"));
    expect(code, output).toBe(1);
    expect(output).toMatch(new RegExp(`BAD {3}Backup place +${sentence.source}`));
    const well = await runBackupCommand("doctor", [], settings("ours"));
    expect(well.output).toMatch(/ok {4}Backup place +\S+ours, not encrypted/);
  });

  it("is told of by the start, which goes on", async () => {
    const other = await startServer({
      env: { MODEL_REGISTRY_BACKUP__TARGET: folders.at("nowhere") },
    });
    try {
      expect(other.logs()).toMatch(new RegExp(`Note +no backup can be made: ${sentence.source}`));
    } finally {
      await other.terminate();
    }
    const env = settings("nowhere", other.dataFolder);
    const begun = Date.now();
    const outcome = await runBackupCommand("backup", [], env);
    await other.stop();
    expect(outcome, "without a server").toMatchObject({ code: 1 });
    expect(Date.now() - begun).toBeLessThan(AT_ONCE_MS);
    expect(outcome.output).toMatch(sentence);
    expect(outcome.output).not.toMatch(/^ +at /m);
  });
});

describe("servers that share a bucket without backup.target", () => {
  it("are told of by the doctor", async () => {
    const { output } = await runBackupCommand("doctor", [], {
      ...settings("ours"),
      MODEL_REGISTRY_BACKUP__TARGET: "",
      MODEL_REGISTRY_STORAGE__DRIVER: "s3",
      MODEL_REGISTRY_STORAGE__S3__BUCKET: "models",
      MODEL_REGISTRY_STORAGE__S3__ENDPOINT: "http://127.0.0.1:1",
      MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: "key",
      MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: "secret",
    });
    expect(output).toMatch(/look {2}Backup place +No backups are made: .*set backup\.target/);
    expect(output).not.toMatch(/npm run backup makes one now/);
  });
});
