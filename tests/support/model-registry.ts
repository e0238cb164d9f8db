/** A registry as far as models go: real database, real disk, real readers of facts; no server, and jobs only wait. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Actor } from "../../lib/access/actor.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import type { Published } from "../../lib/models/publish-version.ts";
import { registerVersion } from "../../lib/models/register-version.ts";
import type { Registration } from "../../lib/models/request-schema.ts";
import type { StagedFile } from "../../lib/models/staged-file.ts";
import { removeRecords, writeRecords } from "../../lib/models/write-records.ts";
import { OPEN } from "./actors.ts";
import { tinyModel } from "./model-files.ts";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";
import { tamper } from "./tamper.ts";

export type Job = { task: string; payload: Record<string, string | null> };
export type Files = Record<string, Uint8Array | string>;

/** One for all tests of the file that calls this. */
export function modelRegistry(environment: Record<string, string> = {}): ModelRegistry {
  const registry = new ModelRegistry(environment);
  beforeAll(() => registry.open());
  afterAll(() => registry.close());
  return registry;
}

export class ModelRegistry {
  readonly #environment: Record<string, string>;
  #database: TestDatabase | undefined;
  #folder = "";
  #services: Services | undefined;

  constructor(environment: Record<string, string>) {
    this.#environment = environment;
  }

  async open(): Promise<void> {
    this.#database = await createTestDatabase("migrated");
    this.#folder = await mkdtemp(join(tmpdir(), "model-registry-"));
    const config = loadConfig({
      DATABASE_URL: this.#database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: this.#folder,
      MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: "1MB",
      MODEL_REGISTRY_LOG__LEVEL: "silent",
      ...this.#environment,
    });
    this.#services = await composeServices(config, { background: false });
  }

  async close(): Promise<void> {
    await this.#services?.close();
    await this.#database?.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get services(): Services {
    if (this.#services === undefined) throw new Error("the registry is not open");
    return this.#services;
  }

  get databaseUrl(): string {
    return this.#database?.url ?? "";
  }

  get folder(): string {
    return this.#folder;
  }

  ctxFor(actor: Actor): ModelCtx {
    return this.services.createContext({ requestId: null, address: null, actor });
  }

  /** Of somebody who may do everything. */
  get ctx(): ModelCtx {
    return this.ctxFor(OPEN);
  }

  /** Files as an upload leaves them: hashed, and in nobody's version yet. */
  async stage(files: Files): Promise<StagedFile[]> {
    const staged: StagedFile[] = [];
    for (const [path, content] of Object.entries(files)) {
      const writer = await this.ctx.storage.createWriter();
      await writer.write(Buffer.from(content));
      staged.push({ path, ...(await writer.finish()), writer });
    }
    return staged;
  }

  async register(
    name: string,
    files: Files = { "model.safetensors": tinyModel() },
    fields: Partial<Registration> = {},
  ): Promise<Published> {
    return registerVersion(this.ctx, {
      registration: { name, ...fields },
      files: await this.stage(files),
      idempotencyKey: null,
    });
  }

  /** What is written down about a model, the oldest first. */
  auditOf(model: string) {
    return this.ctx.db.auditEntry.findMany({
      where: { modelName: model },
      orderBy: { id: "asc" },
      select: { action: true, version: true, actor: true, detail: true },
    });
  }

  /** Payloads of the jobs that wait, in the order in which they were queued. */
  async jobsOf(task: string): Promise<Job["payload"][]> {
    const jobs = await this.ctx.db.$queryRaw<Job[]>`
      select tasks.identifier as task, jobs.payload from graphile_worker._private_jobs as jobs
      join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
      where tasks.identifier = ${task} order by jobs.id`;
    return jobs.map(({ payload }) => payload);
  }

  /** Takes the jobs that write or remove records out of the queue. */
  async takeRecordJobs(): Promise<Job[]> {
    return await this.ctx.db.$queryRaw<Job[]>`
      with taken as (
        delete from graphile_worker._private_jobs where task_id in (
          select id from graphile_worker._private_tasks
          where identifier in ('write-records', 'remove-records'))
        returning *)
      select tasks.identifier as task, taken.payload from taken
      join graphile_worker._private_tasks as tasks on tasks.id = taken.task_id order by taken.id`;
  }

  /** Does what the queue would do to the records in the storage, until nothing is left to do. */
  async writeRecords(): Promise<void> {
    for (
      let jobs = await this.takeRecordJobs();
      jobs.length > 0;
      jobs = await this.takeRecordJobs()
    )
      for (const job of jobs) await this.runRecordJob(job);
  }

  async runRecordJob({ task, payload }: Job): Promise<void> {
    const { signal } = new AbortController();
    if (task === "write-records") await writeRecords(this.ctx, payload as never);
    else await removeRecords(this.ctx, payload as never, signal);
  }

  /** Nothing is registered and nothing happened; the storage stays. */
  async loseDatabase(): Promise<void> {
    await tamper(this.databaseUrl, "truncate audit, audit_link, audit_unchained, audit_checkpoint");
    await this.ctx.db.$executeRaw`truncate model, blob, operation cascade`;
    await this.takeRecordJobs();
  }

  /** Nothing is there any more. */
  async clear(): Promise<void> {
    await this.loseDatabase();
    for (const part of ["blobs", "metadata"])
      await rm(join(this.#folder, part), { recursive: true, force: true });
  }

  /**
   * What `use` answers and leaves behind: the audit entries of `model`, and of which records a job is queued, such as
   * `write net 1.0.0` and `remove net`.
   */
  async observe<T>(model: string, use: () => Promise<T>) {
    const before = (await this.auditOf(model)).length;
    await this.takeRecordJobs();
    const answer = await use();
    const audit = (await this.auditOf(model)).slice(before);
    const records: string[] = [];
    for (const job of await this.takeRecordJobs()) records.push(await this.#describe(job));
    return { answer, audit, records };
  }

  async #describe({ task, payload }: Job): Promise<string> {
    if (task === "remove-records") return `remove ${payload.name}`;
    const { name } = await this.ctx.db.model.findUniqueOrThrow({
      where: { id: BigInt(payload.model_id ?? "") },
    });
    if (payload.version_id === null) return `write ${name}`;
    const { version } = await this.ctx.db.version.findUniqueOrThrow({
      where: { id: BigInt(payload.version_id ?? "") },
    });
    return `write ${name} ${version}`;
  }
}
