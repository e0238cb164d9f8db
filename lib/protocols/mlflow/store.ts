/** The reads of MLflow's clients, each one statement. Names are those that MLflow knows (lib/models/external-name.ts). */
import type { Database } from "#lib/db/client.ts";
import { externalKeyOf, isModelName } from "#lib/models/external-name.ts";
import type { ImportOperation } from "#lib/models/import-standing.ts";

export const PROMPT_TAG = "mlflow.prompt.is_prompt";
/** The versions that a search or a model shows for each stage. */
const milliseconds = (column: string) => `floor(extract(epoch from ${column}) * 1000)::bigint`;

export const NAME = "coalesce(m.external_name, m.name)";

export const VERSION_FIELDS = `
  'name', ${NAME}, 'slug', m.name, 'number', v.number, 'version', v.version,
  'created', ${milliseconds("v.created_at")}, 'updated', ${milliseconds("v.updated_at")},
  'created_by', v.created_by, 'stage', v.stage, 'description', v.description, 'source', v.source,
  'run_id', v.run_id, 'run_link', v.run_link, 'logged_model_id', v.logged_model_id,
  'location', v.location, 'import', case when v.location is null then null else (
    select json_build_object('state', state, 'error', error) from operation where id = v.import_id) end,
  'verdict', v.verdict,
  'finding', case when v.verdict = 'clean' then null else (
    select detail from jsonb_to_recordset(v.findings) as f(severity text, detail text)
    where severity = v.verdict limit 1) end,
  'tags', v.tags,
  'aliases', array(select alias from alias where version_id = v.id order by alias collate "C")`;

export type FoundVersion = {
  name: string;
  slug: string;
  number: number;
  version: string;
  created: number;
  updated: number;
  created_by: string;
  stage: string;
  description: string;
  source: string | null;
  run_id: string | null;
  run_link: string | null;
  logged_model_id: string | null;
  /** Where the bytes are, when they are not here. */
  location: string | null;
  /** The operation that brings them here, where there is one. */
  import: ImportOperation | null;
  verdict: string;
  finding: string | null;
  tags: Record<string, string>;
  aliases: string[];
};

export const MODEL_FIELDS = `
  'name', ${NAME}, 'created', ${milliseconds("m.created_at")}, 'updated', ${milliseconds("m.updated_at")},
  'description', m.description, 'tags', m.tags,
  'aliases', coalesce((
    select json_agg(json_build_object('alias', a.alias, 'version', v.number::text) order by a.alias collate "C")
    from alias as a join version as v on v.id = a.version_id
    where a.model_id = m.id and v.deleted_at is null), '[]'::json),
  'latest_versions', coalesce((
    select json_agg(json_build_object(${VERSION_FIELDS}) order by v.number)
    from unnest(array_append(m.stages, 'none')) as wanted(stage)
    cross join lateral (
      select * from version
      where model_id = m.id and stage = wanted.stage and deleted_at is null
      order by number desc limit 1
    ) as v), '[]'::json)`;

export type FoundModel = {
  name: string;
  created: number;
  updated: number;
  description: string;
  tags: Record<string, string>;
  aliases: { alias: string; version: string }[];
  latest_versions: FoundVersion[];
};

/** A name is of the one kind or of the other, so one index answers. */
const whereNamed = {
  own: "m.name_key = $1 and m.external_name is null and m.deleted_at is null",
  external: "m.external_key = $1 and m.deleted_at is null",
};
type Kind = keyof typeof whereNamed;
const kindOf = (name: string): Kind => (isModelName(name) ? "own" : "external");

/** The statement for each kind of name. */
function byName(name: string, text: (where: string) => string) {
  const of = (kind: Kind) => ({ name: `mlflow ${name}, ${kind}`, text: text(whereNamed[kind]) });
  return { own: of("own"), external: of("external") };
}

type Seen = { name: string; visibility: string };

const MODEL = byName(
  "model",
  (where) => `
    select m.name, m.visibility, json_build_object(${MODEL_FIELDS}) as body from model as m where ${where}`,
);

/** null where there is none, also where a name differs in case alone. */
export async function findModel(
  db: Database,
  name: string,
): Promise<(Seen & { body: FoundModel }) | null> {
  const rows = await db.statements.run<Seen & { body: FoundModel }>(MODEL[kindOf(name)], [
    externalKeyOf(name),
  ]);
  return rows[0]?.body.name === name ? rows[0] : null;
}

const SLUG = byName(
  "slug",
  (where) => `
    select m.name, m.visibility, ${NAME} as called from model as m where ${where}`,
);

/** The model's own name, for the use cases. */
export async function findSlug(
  db: Database,
  name: string,
): Promise<(Seen & { called: string }) | null> {
  const rows = await db.statements.run<Seen & { called: string }>(SLUG[kindOf(name)], [
    externalKeyOf(name),
  ]);
  return rows[0]?.called === name ? rows[0] : null;
}

const VERSION = byName(
  "version",
  (where) => `
    select m.name, m.visibility, ${NAME} as called,
      case when v.id is null then null else json_build_object(${VERSION_FIELDS}) end as body
    from model as m left join version as v on v.model_id = m.id and v.number = $2 and v.deleted_at is null
    where ${where}`,
);

type SeenVersion = Seen & { called: string; body: FoundVersion | null };

/** null: no such model. `body` null: the model has no version of this number. */
export async function findVersion(
  db: Database,
  name: string,
  number: number,
): Promise<SeenVersion | null> {
  const rows = await db.statements.run<SeenVersion>(VERSION[kindOf(name)], [
    externalKeyOf(name),
    number,
  ]);
  return rows[0]?.called === name ? rows[0] : null;
}

const BY_ALIAS = byName(
  "alias",
  (where) => `
    select m.name, m.visibility, ${NAME} as called,
      case when v.id is null then null else json_build_object(${VERSION_FIELDS}) end as body
    from model as m left join version as v on v.id = (
      select version_id from alias where model_id = m.id and alias = $2) and v.deleted_at is null
    where ${where}`,
);

export async function findByAlias(
  db: Database,
  name: string,
  alias: string,
): Promise<SeenVersion | null> {
  const rows = await db.statements.run<SeenVersion>(BY_ALIAS[kindOf(name)], [
    externalKeyOf(name),
    alias,
  ]);
  return rows[0]?.called === name ? rows[0] : null;
}

const OF_SLUG = {
  name: "mlflow version of slug",
  text: `
    select m.name, m.visibility, v.version from model as m
    join version as v on v.model_id = m.id and v.number = $2 and v.deleted_at is null
    where m.name_key = $1 and m.deleted_at is null`,
};

/** The version that a download's path names by the model's own name and the number. */
export async function findVersionText(
  db: Database,
  slug: string,
  number: number,
): Promise<(Seen & { version: string }) | null> {
  const rows = await db.statements.run<Seen & { version: string }>(OF_SLUG, [
    slug.toLowerCase(),
    number,
  ]);
  return rows[0] ?? null;
}
