/** A server that speaks as much of MLflow's protocol as a synchronisation asks for, and lies, breaks off or stalls as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Tags = Map<string, string>;
export type CounterpartVersion = {
  source: string;
  run_id: string;
  stage: string;
  description: string;
  tags: Tags;
  updated: number;
};
export type CounterpartModel = {
  description: string;
  tags: Tags;
  aliases: Map<string, number>;
  versions: Map<number, CounterpartVersion>;
  next: number;
  updated: number;
};
type Fields = Record<string, unknown>;
type Refusal = { status: number; code: string };
const missing: Refusal = { status: 404, code: "RESOURCE_DOES_NOT_EXIST" };

/** Gives whether it has answered by itself. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | Promise<boolean>;

export class MlflowCounterpart {
  readonly models = new Map<string, CounterpartModel>();
  readonly files = new Map<string, Buffer>();
  readonly runs = new Map<string, string>();
  readonly seen: string[] = [];
  fault: Fault = () => false;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((done) => this.#server?.listen(this.#port, "127.0.0.1", done));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  model(name: string, fields: Partial<CounterpartModel> = {}): CounterpartModel {
    const known = this.models.get(name);
    const made = known ?? {
      ...{ description: "", tags: new Map(), aliases: new Map(), versions: new Map() },
      ...{ next: 1, updated: Date.now() },
    };
    this.models.set(name, Object.assign(made, fields));
    return made;
  }

  /** A version with files. */
  version(name: string, files: Record<string, Uint8Array | string>): CounterpartVersion {
    const model = this.model(name);
    const number = model.next;
    const room = `0/${encodeURIComponent(name)}-${number}/artifacts`;
    for (const [path, bytes] of Object.entries(files))
      this.files.set(`${room}/${path}`, Buffer.from(bytes));
    return this.#addVersion(model, { source: `mlflow-artifacts:/${room}` });
  }

  #addVersion(model: CounterpartModel, fields: Partial<CounterpartVersion>): CounterpartVersion {
    const version = {
      ...{ source: "", run_id: "", stage: "None", description: "", tags: new Map() },
      updated: Date.now(),
      ...fields,
    };
    model.versions.set(model.next, version);
    model.next += 1;
    return version;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    this.seen.push(`${request.method} ${url.pathname.replace("/api/2.0/", "")}`);
    if (await this.fault(request, response)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const files = "/api/2.0/mlflow-artifacts/artifacts/";
    if (url.pathname.startsWith(files)) {
      this.#file(request, response, {
        path: decodeURIComponent(url.pathname.slice(files.length)),
        body,
      });
      return;
    }
    const given =
      request.method === "GET"
        ? Object.fromEntries(url.searchParams)
        : JSON.parse(body.toString() || "{}");
    const path = url.pathname.replace("/api/2.0/", "").replace("mlflow/", "");
    try {
      const answer = this.#call(`${request.method} ${path}`, given);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    } catch (error) {
      const { status = 500, code = "INTERNAL_ERROR" } = error as Partial<Refusal>;
      response.writeHead(status).end(JSON.stringify({ error_code: code, message: String(code) }));
    }
  }

  #file(
    request: IncomingMessage,
    response: ServerResponse,
    { path, body }: { path: string; body: Buffer },
  ) {
    if (request.method === "PUT") this.files.set(path, body);
    const bytes = this.files.get(path);
    if (bytes === undefined) response.writeHead(404).end("{}");
    else response.writeHead(200).end(request.method === "PUT" ? "{}" : bytes);
  }

  /** A row for each call. */
  #call(call: string, given: Fields): object {
    const name = String(given.name ?? "");
    const model = this.models.get(name);
    const version = model?.versions.get(Number(given.version));
    const needModel = () => model ?? refuse(missing);
    const needVersion = () => version ?? refuse(missing);
    const touch = () => {
      if (model) model.updated = Date.now();
      return {};
    };
    switch (call) {
      case "GET registered-models/search":
        return { registered_models: [...this.models].map(([of, found]) => modelOf(of, found)) };
      case "GET model-versions/search":
        return {
          model_versions: [...this.models].flatMap(([of, { versions }]) =>
            [...versions].map(([number, found]) => versionOf(of, number, found)),
          ),
        };
      case "GET registered-models/get":
        return { registered_model: modelOf(name, needModel()) };
      case "POST registered-models/create":
        return { registered_model: modelOf(name, this.model(name)) };
      case "DELETE registered-models/delete":
        needModel();
        this.models.delete(name);
        return {};
      case "PATCH registered-models/update":
        needModel().description = String(given.description);
        return touch();
      case "POST registered-models/set-tag":
        needModel().tags.set(String(given.key), String(given.value));
        return touch();
      case "DELETE registered-models/delete-tag":
        needModel().tags.delete(String(given.key));
        return touch();
      case "POST registered-models/alias":
        needModel().aliases.set(String(given.alias), Number(given.version));
        return touch();
      case "DELETE registered-models/alias":
        needModel().aliases.delete(String(given.alias));
        return touch();
      case "GET model-versions/get":
        return { model_version: versionOf(name, Number(given.version), needVersion()) };
      case "GET model-versions/get-download-uri":
        return { artifact_uri: needVersion().source };
      case "POST model-versions/create": {
        const number = needModel().next;
        const tags = new Map(
          (given.tags as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
        );
        const made = this.#addVersion(needModel(), {
          ...{ source: String(given.source), run_id: String(given.run_id ?? ""), tags },
        });
        return { model_version: versionOf(name, number, made) };
      }
      case "DELETE model-versions/delete":
        needVersion();
        model?.versions.delete(Number(given.version));
        return touch();
      case "PATCH model-versions/update":
        Object.assign(needVersion(), {
          description: String(given.description),
          updated: Date.now(),
        });
        return {};
      case "POST model-versions/set-tag":
        needVersion().tags.set(String(given.key), String(given.value));
        return {};
      case "DELETE model-versions/delete-tag":
        needVersion().tags.delete(String(given.key));
        return {};
      case "POST model-versions/transition-stage":
        Object.assign(needVersion(), { stage: String(given.stage), updated: Date.now() });
        return {};
      case "GET mlflow-artifacts/artifacts":
        return { files: this.#list(String(given.path)) };
      case "GET experiments/get-by-name":
        return { experiment: { experiment_id: "1" } };
      case "POST runs/search": {
        const key = /= '(.*)'$/.exec(String(given.filter))?.[1] ?? "";
        const id = this.runs.get(key);
        return id === undefined ? {} : { runs: [runOf(id)] };
      }
      case "POST runs/create": {
        const id = String(this.runs.size + 1).padStart(32, "0");
        this.runs.set((given.tags as { value: string }[])[0]?.value ?? "", id);
        return { run: runOf(id) };
      }
      case "POST runs/update":
        return {};
      default:
        return refuse({ status: 404, code: "ENDPOINT_NOT_FOUND" });
    }
  }

  #list(folder: string): Fields[] {
    const entries = new Map<string, Fields>();
    for (const [path, bytes] of this.files) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [entry = "", ...below] = path.slice(folder.length + 1).split("/");
      const isDir = below.length > 0;
      entries.set(entry, {
        path: entry,
        is_dir: isDir,
        ...(isDir ? {} : { file_size: bytes.length }),
      });
    }
    return [...entries.values()];
  }
}

function refuse(refusal: Refusal): never {
  throw Object.assign(new Error(refusal.code), refusal);
}

const tagsOf = (tags: Tags) => [...tags].map(([key, value]) => ({ key, value }));

function modelOf(name: string, { description, tags, aliases, updated }: CounterpartModel) {
  return {
    ...{ name, description, tags: tagsOf(tags), last_updated_timestamp: updated },
    aliases: [...aliases].map(([alias, version]) => ({ alias, version: String(version) })),
  };
}

function versionOf(name: string, number: number, version: CounterpartVersion) {
  const { source, run_id, stage, description, tags, updated } = version;
  return {
    ...{ name, version: String(number), source, run_id, description, tags: tagsOf(tags) },
    ...{ current_stage: stage, status: "READY", last_updated_timestamp: updated },
  };
}

const runOf = (id: string) => ({
  info: { run_id: id, artifact_uri: `mlflow-artifacts:/1/${id}/artifacts` },
});
