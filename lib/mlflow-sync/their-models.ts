/** What the other server lists: its models and all of their versions, in as few requests as there are pages. */
import { z } from "zod";
import { RegistryError } from "#lib/errors.ts";
import { fitsPattern } from "./model-pattern.ts";
import { TheirError } from "./their-error.ts";
import type { TheirServer } from "./their-server.ts";

const API = "/api/2.0/mlflow";
const PAGE = 1000;
/** All of them are in memory during a run: a pattern makes them fewer. */
const MODELS_MAX = 50_000;
const VERSIONS_MAX = 200_000;
const PROMPT_TAG = "mlflow.prompt.is_prompt";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const time = z.coerce.number().catch(0);
const tags = z
  .array(z.object({ key: z.string().min(1), value: text }))
  .nullish()
  .transform((list) => new Map((list ?? []).map(({ key, value }) => [key, value])));
const number = z.coerce
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

const modelSchema = z.object({
  name: z.string().min(1).max(256),
  description: text,
  last_updated_timestamp: time,
  tags,
  aliases: z
    .array(z.object({ alias: z.string().min(1).max(256), version: number }))
    .nullish()
    .transform((list) => new Map((list ?? []).map(({ alias, version }) => [alias, version]))),
});
const versionSchema = z.object({
  name: z.string().min(1).max(256),
  version: number,
  current_stage: text,
  description: text,
  source: text,
  run_id: text,
  run_link: text,
  model_id: text,
  status: z.string().default("READY"),
  last_updated_timestamp: time,
  tags,
});

export type TheirVersion = Omit<z.output<typeof versionSchema>, "name">;
export type TheirModel = z.output<typeof modelSchema> & { versions: Map<number, TheirVersion> };
export type Listing = { models: Map<string, TheirModel>; unreadable: string[] };

/** Models that fit the pattern, prompts left out. Throws TheirError, `too_large`. */
export async function listTheirModels(server: TheirServer, pattern: string): Promise<Listing> {
  const models = new Map<string, TheirModel>();
  const unreadable: string[] = [];
  const path = `${API}/registered-models/search`;
  for await (const item of pagesOf(server, path, "registered_models", pattern, MODELS_MAX)) {
    const read = modelSchema.safeParse(item);
    if (!read.success) unreadable.push(nameOf(item));
    else if (isWanted(read.data, pattern))
      models.set(read.data.name, { ...read.data, versions: new Map() });
  }
  const versions = `${API}/model-versions/search`;
  for await (const item of pagesOf(server, versions, "model_versions", pattern, VERSIONS_MAX)) {
    const read = versionSchema.safeParse(item);
    if (!read.success) unreadable.push(nameOf(item));
    else models.get(read.data.name)?.versions.set(read.data.version, read.data);
  }
  return {
    models,
    unreadable: [...new Set(unreadable)].filter((name) => fitsPattern(name, pattern)),
  };
}

/** The model as it is now, or null where there is none. Throws TheirError. */
export async function isTheirModel(server: TheirServer, name: string): Promise<boolean> {
  return isThere(() => server.get(`${API}/registered-models/get`, { name }));
}

export async function isTheirVersion(
  server: TheirServer,
  name: string,
  version: number,
): Promise<boolean> {
  return isThere(() => server.get(`${API}/model-versions/get`, { name, version }));
}

async function isThere(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof TheirError && error.problem === "not_found") return false;
    throw error;
  }
}

function isWanted({ name, tags }: { name: string; tags: Map<string, string> }, pattern: string) {
  return fitsPattern(name, pattern) && tags.get(PROMPT_TAG)?.toLowerCase() !== "true";
}

async function* pagesOf(
  server: TheirServer,
  path: string,
  member: string,
  pattern: string,
  most: number,
): AsyncGenerator<unknown> {
  const filter = filterOf(pattern);
  const seen = new Set<string>();
  let count = 0;
  for (let token = ""; ; ) {
    const query = {
      max_results: PAGE,
      ...(filter && { filter }),
      ...(token && { page_token: token }),
    };
    const page = (await server.get(path, query)) as Record<string, unknown>;
    const items = page[member] ?? [];
    if (!Array.isArray(items)) throw new TheirError("unreadable", `Its ${member} are no list.`);
    count += items.length;
    if (count > most)
      throw new RegistryError(
        "too_large",
        `It lists over ${most} ${member.replace("_", " ")}. Name fewer models by a pattern.`,
      );
    yield* items;
    token = typeof page.next_page_token === "string" ? page.next_page_token : "";
    if (token === "") return;
    if (seen.has(token)) throw new TheirError("unreadable", "Its pages lead back to themselves.");
    seen.add(token);
  }
}

/** What a filter cannot say is sorted out here. */
function filterOf(pattern: string): string | null {
  const start = pattern.replace(/\*$/, "");
  if (start === "" || /['"\\%_]/.test(start)) return null;
  return pattern.endsWith("*") ? `name LIKE '${start}%'` : `name = '${start}'`;
}

function nameOf(item: unknown): string {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name.slice(0, 256).toWellFormed().replaceAll("\0", "") : "?";
}
