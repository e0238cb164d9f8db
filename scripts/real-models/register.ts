/** `npm run models:register -- --url http://localhost:8080`: registers the real models through REST. */
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { REAL_MODELS, type RealModel } from "./catalog.ts";
import { fetchRealModels, realModelFolder } from "./fetch-models.ts";

const NAME_A_REGISTRY =
  "Start the registry (npm start), or name another one: npm run models:register -- --url http://host:port";

const { values } = parseArgs({
  options: { url: { type: "string", default: "http://localhost:8080" } },
});

try {
  // Asked before the models are fetched, which takes minutes.
  await requireRegistry(values.url);
  await fetchRealModels((line) => console.log(line));
  for (const model of REAL_MODELS) await register(model, values.url);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The version is fixed, so that running this twice changes nothing. */
async function register(model: RealModel, url: string): Promise<void> {
  const form = new FormData();
  form.set("name", model.name);
  form.set("framework", model.framework);
  form.set("version", "1.0.0");
  form.set("description", model.description);
  form.set("tags", JSON.stringify(model.tags));
  form.set("metadata", JSON.stringify({ package: model.package, package_version: model.version }));
  for (const { path } of model.files) {
    form.append("file", await openAsBlob(join(realModelFolder(model), path)), path);
  }
  const address = `${url.replace(/\/+$/, "")}/api/v1/models`;
  const response = await ask(address, { method: "POST", body: form });
  const answer: unknown = await response.json();
  if (!response.ok) {
    throw new Error(`${model.name}: ${response.status} ${JSON.stringify(answer)}`);
  }
  const { version, format, parameters, scan } = answer as Record<string, unknown>;
  const verdict = (scan as { verdict?: unknown } | undefined)?.verdict;
  const what = response.status === 201 ? "registered" : "was there already";
  console.log(`${model.name} ${version} ${what}: ${format}, ${parameters} parameters, ${verdict}`);
}

async function requireRegistry(url: string): Promise<void> {
  if (!URL.canParse(url)) throw new Error(`${url} is no URL. ${NAME_A_REGISTRY}`);
  const answer = await ask(new URL("/healthz", url).href);
  if (!answer.ok)
    throw new Error(`${url} is no registry: /healthz is ${answer.status}. ${NAME_A_REGISTRY}`);
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new Error(`${new URL(url).origin} does not answer. ${NAME_A_REGISTRY}`, { cause });
  }
}
