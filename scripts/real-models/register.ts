/** `npm run models:register -- --url http://localhost:8080`: registers the real models through REST. */
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { REAL_MODELS, type RealModel } from "./catalog.ts";
import { fetchRealModels, realModelFolder } from "./fetch-models.ts";

const { values } = parseArgs({
  options: { url: { type: "string", default: "http://localhost:8080" } },
});

try {
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
  const response = await post(`${url.replace(/\/+$/, "")}/api/v1/models`, form);
  const answer: unknown = await response.json();
  if (!response.ok) {
    throw new Error(`${model.name}: ${response.status} ${JSON.stringify(answer)}`);
  }
  const { version, format, parameters, scan } = answer as Record<string, unknown>;
  const verdict = (scan as { verdict?: unknown } | undefined)?.verdict;
  const what = response.status === 201 ? "registered" : "was there already";
  console.log(`${model.name} ${version} ${what}: ${format}, ${parameters} parameters, ${verdict}`);
}

async function post(url: string, body: FormData): Promise<Response> {
  try {
    return await fetch(url, { method: "POST", body });
  } catch (cause) {
    throw new Error(`${url} does not answer: is the registry running there?`, { cause });
  }
}
