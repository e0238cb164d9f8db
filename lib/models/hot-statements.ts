/**
 * The reads that people and their jobs wait for, each one statement that answers in the form of the wire. A test compares every one
 * with the answer by Prisma (`hot-statements.db.test.ts`).
 */
import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { VerdictName } from "#lib/wire/words.ts";
import type { ListedModelWire, ModelDetailWire, VersionWire } from "./schema.ts";

/** RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes it. */
const iso = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const MODEL_FIELDS = `
  'name', m.name, 'external_name', m.external_name, 'visibility', m.visibility, 'description', m.description, 'owner', m.owner, 'tags', m.tags,
  'latest_version', m.latest_version, 'version_count', m.version_count, 'stages', m.stages,
  'framework', m.framework, 'format', m.format, 'verdict', m.verdict, 'parameters', m.parameters,
  'size_bytes', m.size_bytes, 'created_at', ${iso("m.created_at")},
  'created_by', m.created_by, 'updated_at', ${iso("m.updated_at")},
  'downloads', (select downloads from model_counter where model_id = m.id)`;

const STAGE_VERSIONS = `
  coalesce((
    select json_agg(json_build_object(
      'stage', wanted.stage, 'version', s.version, 'verdict', s.verdict, 'framework', s.framework,
      'format', s.format, 'parameters', s.parameters, 'size_bytes', s.size_bytes) order by wanted.place)
    from unnest(m.stages) with ordinality as wanted(stage, place)
    cross join lateral (
      select version, verdict, framework, format, parameters, size_bytes from version
      where model_id = m.id and stage = wanted.stage and stage <> 'none' and deleted_at is null
      order by precedence desc, number desc limit 1
    ) as s), '[]'::json)`;

/** The verdict is where a summary has it and a version has not. */
const SUMMARY_FIELDS = `
  'model', m.name, 'version', v.version, 'number', v.number, 'digest', 'sha256:' || v.digest,
  'framework', v.framework, 'format', v.format, 'status', 'ready', 'stage', v.stage,
  'aliases', array(select alias from alias where version_id = v.id order by alias collate "C"),
  'description', v.description, 'tags', v.tags, 'parameters', v.parameters, 'tensors', v.tensor_count,
  'size_bytes', v.size_bytes, 'stored_bytes', v.stored_bytes, 'created_at', ${iso("v.created_at")},
  'created_by', v.created_by, 'source', v.source, 'location', v.location,
  'downloads', coalesce((select downloads from version_counter where version_id = v.id), 0)`;

const MODEL = {
  name: "model",
  text: `
    select m.id, m.latest_id, m.name, m.visibility, sums.versions, sums.logical, sums.stored,
      json_build_object(${MODEL_FIELDS},
        'stage_versions', ${STAGE_VERSIONS},
        'latest', (
          select json_build_object(${SUMMARY_FIELDS}, 'verdict', v.verdict)
          from version as v where v.id = m.latest_id),
        'aliases', coalesce((
          select json_agg(json_build_object(
            'alias', a.alias, 'version', v.version, 'updated_at', ${iso("a.updated_at")},
            'updated_by', a.updated_by) order by a.alias)
          from alias as a join version as v on v.id = a.version_id
          where a.model_id = m.id and v.deleted_at is null), '[]'::json)
      ) as body
    from model as m cross join lateral (
      select count(*) as versions, coalesce(sum(size_bytes), 0)::bigint as logical,
        coalesce(sum(stored_bytes), 0)::bigint as stored
      from version where model_id = m.id and deleted_at is null
    ) as sums
    where m.name_key = $1 and m.deleted_at is null`,
};

export type FoundModel = {
  id: string;
  latest_id: string | null;
  name: string;
  visibility: string;
  /** Sums over the live versions; what versions share counts once for each of them. */
  versions: string;
  logical: string;
  stored: string;
  body: Omit<ModelDetailWire, "logical_bytes" | "stored_bytes">;
};

/** A model that is not in the trash; null when there is none. `nameKey` is the name in lower case. */
export async function findModel(db: Database, nameKey: string): Promise<FoundModel | null> {
  const [row] = await db.statements.run<FoundModel>(MODEL, [nameKey]);
  return row ?? null;
}

const LISTED = {
  name: "listed",
  text: `
    select m.id, json_build_object(${MODEL_FIELDS}, 'stage_versions', ${STAGE_VERSIONS}) as body
    from unnest($1::bigint[]) with ordinality as wanted(id, place) join model as m on m.id = wanted.id
    order by wanted.place`,
};

export type FoundListed = { id: bigint; body: ListedModelWire };

/** In the order of the ids; a model that is gone meanwhile is left out. */
export async function findListed(db: Database, ids: readonly bigint[]): Promise<FoundListed[]> {
  const rows = await db.statements.run<{ id: string; body: ListedModelWire }>(LISTED, [ids]);
  return rows.map(({ id, body }) => ({ id: BigInt(id), body }));
}

/** The live version that a ref names: `$2` is `latest`, `@alias` or a version. */
const VERSION_OF_REF = `
  version as v on v.id = case
      when $2 = 'latest' then m.latest_id
      when left($2, 1) = '@' then (
        select version_id from alias where model_id = m.id and alias = substr($2, 2))
      else (select id from version where model_id = m.id and version = $2)
    end and v.deleted_at is null`;

const VERSION_BODY = `
  json_build_object(${SUMMARY_FIELDS},
      'framework_declared', v.framework_declared,
      'framework_version', v.framework_version, 'metadata', v.metadata, 'dtypes', v.dtypes,
      'producer', v.producer, 'signature', v.signature, 'signature_given', v.signature_given, 'file_count', json_array_length(f.files),
      'withheld', f.withheld, 'files', f.files, 'updated_at', ${iso("v.updated_at")},
      'scan', json_build_object('verdict', v.verdict, 'findings', v.findings,
        'scanned_at', ${iso("v.scanned_at")}, 'rules_version', v.rules_version))`;

const FILES_OF_VERSION = `
  left join lateral (
    select
      coalesce(json_agg(json_build_object('path', path, 'size_bytes', size_bytes,
        'digest', 'sha256:' || digest, 'media_type', media_type, 'format', format,
        'verdict', verdict) order by position), '[]'::json) as files,
      coalesce(json_agg(json_build_object('path', path, 'verdict', verdict) order by position)
        filter (where verdict <> 'clean'), '[]'::json) as withheld
    from file where version_id = v.id
  ) as f on true`;

const VERSION = {
  name: "version",
  text: `
    select m.name, m.visibility, case when v.id is null then null else ${VERSION_BODY} end as body
    from model as m left join ${VERSION_OF_REF} ${FILES_OF_VERSION}
    where m.name_key = $1 and m.deleted_at is null`,
};

const VERSION_BY_ID = `
  select ${VERSION_BODY} as body
  from version as v join model as m on m.id = v.model_id ${FILES_OF_VERSION}
  where v.id = $1`;

/** What a transaction has just made, or found. Throws when there is no such version. */
export async function getVersionById(tx: TransactionClient, id: bigint): Promise<VersionWire> {
  const [row] = await tx.$queryRawUnsafe<{ body: VersionBody }[]>(VERSION_BY_ID, id);
  if (row === undefined) throw new Error(`there is no version with the id ${id}`);
  return versionOf(row.body);
}

type VersionBody = Omit<VersionWire, "sha256">;

/** A version of one file has that file's digest as its own. */
export function versionOf(body: VersionBody): VersionWire {
  const [only, ...others] = body.files;
  const isSingle = only !== undefined && others.length === 0;
  return isSingle ? { ...body, sha256: only.digest.slice("sha256:".length) } : body;
}

export type FoundVersion = { name: string; visibility: string; body: VersionBody | null };

/** null: no such model. `body` null: the model has nothing under this ref. */
export async function findVersion(
  db: Database,
  nameKey: string,
  ref: string,
): Promise<FoundVersion | null> {
  const [row] = await db.statements.run<FoundVersion>(VERSION, [nameKey, ref]);
  return row ?? null;
}

const FILE = {
  name: "file",
  text: `
    select m.id as model_id, m.name, m.visibility, v.id as version_id, v.version, v.digest, v.framework, v.created_at,
      f.path, f.size_bytes, f.digest as file_digest, f.media_type, f.verdict,
      b.damaged_at is not null as is_damaged
    from model as m left join ${VERSION_OF_REF}
    left join file as f on f.version_id = v.id and f.path = $3
    left join blob as b on b.digest = f.digest
    where m.name_key = $1 and m.deleted_at is null`,
};

export type FoundFile = {
  model_id: string;
  name: string;
  visibility: string;
  version_id: string | null;
  version: string;
  digest: string;
  framework: string;
  created_at: Date;
  /** null: the version has no file at this path. */
  path: string | null;
  size_bytes: string;
  file_digest: string;
  media_type: string;
  verdict: VerdictName;
  is_damaged: boolean;
};

/** null: no such model. `version_id` null: the model has nothing under this ref. */
export async function findFile(
  db: Database,
  asked: { nameKey: string; ref: string; path: string },
): Promise<FoundFile | null> {
  const values = [asked.nameKey, asked.ref, asked.path];
  const [row] = await db.statements.run<FoundFile>(FILE, values);
  return row ?? null;
}
