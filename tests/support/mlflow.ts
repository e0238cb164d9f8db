/** Calls of MLflow's protocol, as its clients send them, straight to the route tables of a registry without a server. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { toResponse } from "../../lib/http/answer.ts";
import { mlflowTables } from "../../lib/protocols/mlflow/tables.ts";
import { tinyModel } from "./model-files.ts";

const ORIGIN = "http://localhost";
const MLFLOW = "/api/2.0/mlflow";
export const ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";

// biome-ignore lint/suspicious/noExplicitAny: tests read JSON of many shapes and assert each value
export type Answered = { status: number; body: any; headers: Headers; bytes: Uint8Array };
type Given = {
  authorization?: string | undefined;
  query?: string;
  headers?: Record<string, string>;
};

/** `json` is the body of everything but GET, whose query it is. */
export async function mlflow(
  method: string,
  path: string,
  json: Record<string, unknown> = {},
  given: Given = {},
): Promise<Answered> {
  if (method !== "GET") return ask(method, MLFLOW + path, { ...given, body: JSON.stringify(json) });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(json))
    for (const item of [value].flat()) query.append(name, String(item));
  return ask(method, MLFLOW + path, { ...given, query: query.toString() });
}

export async function ask(
  method: string,
  path: string,
  {
    authorization,
    query = "",
    headers = {},
    body,
  }: Given & { body?: string | Uint8Array<ArrayBuffer> } = {},
): Promise<Answered> {
  const table = mlflowTables.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  if (table === undefined) throw new Error(`no table has ${path}`);
  const isJson = typeof body === "string";
  const request = new Request(`${ORIGIN}${path}?${query}`, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(isJson ? { "Content-Type": "application/json" } : {}),
      ...(body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...headers,
    },
  });
  const response = toResponse(await table.answer(request, path));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJsonAnswer = response.headers.get("content-type")?.includes("json");
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isJsonAnswer ? JSON.parse(Buffer.from(bytes).toString()) : null,
  };
}

/** Puts files where a client logs a model to; gives the model's id. */
export async function logModel(
  files: Record<string, Uint8Array | string>,
  given: Given & { room?: string; id?: string } = {},
): Promise<string> {
  const { room = "rooms/1", id = `m-${randomUUID().replaceAll("-", "")}`, ...rest } = given;
  for (const [path, content] of Object.entries(files)) {
    const body = new Uint8Array(Buffer.from(content));
    const target = `${ARTIFACTS}/${room}/models/${id}/artifacts/${path}`;
    const { status } = await ask("PUT", target, { ...rest, body });
    if (status !== 200) throw new Error(`${path} was refused with ${status}`);
  }
  return id;
}

export const MLMODEL = "flavors:\n  sklearn:\n    sklearn_version: 1.9.1\n";
export const FILES = { MLmodel: MLMODEL, "model.safetensors": tinyModel(), "code/__init__.py": "" };

export const create = (name: string) => mlflow("POST", "/registered-models/create", { name });
export const createVersion = (name: string, source: string, more: object = {}) =>
  mlflow("POST", "/model-versions/create", { name, source, ...more });
export const get = (name: string) => mlflow("GET", "/registered-models/get", { name });
export const getVersion = (name: string, version: string) =>
  mlflow("GET", "/model-versions/get", { name, version });

/** A model with one version whose bytes are here. */
export async function register(name: string, files: Record<string, string | Uint8Array> = FILES) {
  await create(name);
  const id = await logModel(files);
  const { status, body } = await createVersion(name, `models:/${id}`, { model_id: id });
  expect(status, JSON.stringify(body)).toBe(200);
  return { id, version: body.model_version };
}
export async function bytesOf(name: string, version: string, path: string) {
  const { body } = await mlflow("GET", "/model-versions/get-download-uri", { name, version });
  return ask("GET", `${new URL(body.artifact_uri).pathname}/${path}`);
}
