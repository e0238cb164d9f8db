/** Versions of MLflow's clients whose source is elsewhere: a source, a registry that may import from it, and the attempts of the queue. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import type { Actor } from "../../lib/access/actor.ts";
import { runImport } from "../../lib/imports/run-import.ts";
import { carryOutOperation } from "../../lib/operations/carry-out-operation.ts";
import { provideServices } from "../../lib/server.ts";
import { identityOf, OPEN } from "./actors.ts";
import { create, createVersion, getVersion } from "./mlflow.ts";
import { tinyModel } from "./model-files.ts";
import { modelRegistry } from "./model-registry.ts";

const PATIENCE = { answerMs: 1_000, stallMs: 400, stallBytes: 100, pauseMs: 5 };
/** What a source serves. */
export const BYTES = tinyModel();

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Serves one file, or what a test says instead. */
export class Source {
  react: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  seen = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.seen += 1;
      if (this.react) this.react(request, response);
      else response.writeHead(200, { "Content-Length": BYTES.length }).end(BYTES);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  open(): Promise<void> {
    return new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** Registers its hooks; every test has a model of its own. */
export async function importScene(settings: Record<string, string> = {}) {
  const source = new Source();
  // The settings of a registry are read before its tests: what they name is there by then.
  await source.open();
  const registry = modelRegistry({
    MODEL_REGISTRY_WEBHOOKS__ALLOWED_NETWORKS: "127.0.0.1",
    MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE: "1MB",
    ...settings,
  });
  const scene = { name: "", actor: OPEN as Actor };
  let serial = 0;
  beforeAll(() =>
    provideServices({ ...registry.services, identify: async () => identityOf(scene.actor) }),
  );
  beforeEach(async () => {
    scene.actor = OPEN;
    source.react = null;
    source.seen = 0;
    serial += 1;
    scene.name = `imported-${serial}`;
    await create(scene.name);
  });
  afterAll(() => source.close());

  const versionOf = async (version = "1") =>
    (await getVersion(scene.name, version)).body.model_version;

  /** Of the newest version that has one. */
  async function operationOf(): Promise<string> {
    const row = await registry.ctx.db.version.findFirstOrThrow({
      where: { model: { name: scene.name }, importId: { not: null } },
      orderBy: { number: "desc" },
    });
    return String(row.importId);
  }

  /** One attempt, as the queue makes it. */
  async function attempt(signal = new AbortController().signal): Promise<void> {
    await carryOutOperation(registry.ctx, await operationOf(), signal, (row, tools) =>
      runImport(registry.ctx, row, { ...tools, patience: PATIENCE }),
    ).catch(() => undefined);
  }

  async function register(uri: string, more: object = {}) {
    const { status, body } = await createVersion(scene.name, uri, more);
    expect(status, JSON.stringify(body)).toBe(200);
    return body.model_version;
  }

  async function imported(uri: string) {
    expect(await register(uri)).toMatchObject({ status: "PENDING_REGISTRATION", source: uri });
    await attempt();
    return versionOf();
  }

  async function fileDigests(): Promise<Record<string, string>> {
    const files = await registry.ctx.db.file.findMany({
      where: { version: { model: { name: scene.name } } },
    });
    return Object.fromEntries(files.map(({ path, digest }) => [path, digest]));
  }

  return {
    ...{ scene, source, registry, versionOf, operationOf, attempt, register, imported },
    fileDigests,
  };
}
