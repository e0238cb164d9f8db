import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { type ComparisonWire, LISTED_TENSORS_MAX } from "./compare-schema.ts";

type Tensors = ComparisonWire["tensors"];
type Typed = { dtype: string; shape: number[]; size_bytes: number };
type Row = {
  kind: "added" | "removed" | "changed" | "unchanged";
  count: string;
  reshaped: string;
  retyped: string;
  same_bytes: string;
  /** The first ones by name; null for those that have not changed. */
  items: { name: string; from: Typed | null; to: Typed | null }[] | null;
};

const side = (alias: string) => {
  const t = Prisma.raw(alias);
  return Prisma.sql`case when ${t}.name is not null then
    json_build_object('dtype', ${t}.dtype, 'shape', ${t}.shape, 'size_bytes', ${t}.size_bytes) end`;
};
/**
 * Formats whose files say themselves where their tensors are: of two equal ones the tensors are equal. Another file may place
 * those of the others (the graph of ONNX, the index of a checkpoint).
 */
export const SELF_CONTAINED = [
  "torch-zip",
  "torch-legacy",
  "torchscript",
  "safetensors",
  "gguf",
  "hdf5",
  "keras-v3",
] as const;
const weights = (version: { model: string; number: number }) => Prisma.sql`
  select distinct on (tensor.name collate "C") tensor.*, file.digest from tensor
  left join file on file.version_id = tensor.version_id and file.path = tensor.file
    and file.format in (${Prisma.join([...SELF_CONTAINED])})
  where tensor_group is null and tensor.version_id = (
    select version.id from version join model on model.id = version.model_id
    where model.name_key = ${version.model.toLowerCase()} and version.number = ${version.number})
  order by tensor.name collate "C", tensor.position`;

/** By name; of two weights of one name the first counts. One pass in the database, however many there are. */
export async function compareTensors(
  db: Database,
  from: { model: string; number: number },
  to: { model: string; number: number },
): Promise<Tensors> {
  const rows = await db.statements.query<Row>(Prisma.sql`
    with a as (${weights(from)}), b as (${weights(to)}),
    paired as (
      select coalesce(a.name, b.name) as name, ${side("a")} as from, ${side("b")} as to,
        case when a.name is null then 'added' when b.name is null then 'removed'
          when a.dtype = b.dtype and a.shape = b.shape then 'unchanged' else 'changed' end as kind,
        a.shape <> b.shape as is_reshaped, a.dtype <> b.dtype as is_retyped, a.digest = b.digest as is_same
      from a full join b on a.name = b.name
    ), numbered as (
      select *, row_number() over (partition by kind order by name collate "C") as place from paired
    )
    select kind, count(*) as count, count(*) filter (where is_reshaped) as reshaped,
      count(*) filter (where is_retyped) as retyped, count(*) filter (where is_same) as same_bytes, json_agg(json_build_object('name', name, 'from', "from", 'to', "to")
      order by place) filter (where kind <> 'unchanged' and place <= ${LISTED_TENSORS_MAX}) as items
    from numbered group by kind`);
  const of = (kind: Row["kind"]) => rows.find((row) => row.kind === kind);
  const count = (kind: Row["kind"]) => Number(of(kind)?.count ?? 0);
  const items = (kind: Row["kind"]) => of(kind)?.items ?? [];
  return {
    added: items("added").map(({ name, to: typed }) => ({ name, ...(typed as Typed) })),
    removed: items("removed").map(({ name, from: typed }) => ({ name, ...(typed as Typed) })),
    changed: items("changed") as Tensors["changed"],
    counts: {
      added: count("added"),
      removed: count("removed"),
      changed: count("changed"),
      reshaped: Number(of("changed")?.reshaped ?? 0),
      retyped: Number(of("changed")?.retyped ?? 0),
      unchanged: count("unchanged"),
      same_bytes: Number(of("unchanged")?.same_bytes ?? 0),
    },
  };
}
