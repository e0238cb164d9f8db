/** Rows of what is here and there, and what both sides agreed on last. */
import type { MlflowSync, Prisma } from "#lib/db/generated/client.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";

export type VersionLink = { theirs: number; ours: number; agreed: Map<string, string> };

export type Link = {
  /** null in a trial run, which writes nothing of what it links and forgets. */
  id: bigint | null;
  name: string;
  modelId: bigint;
  agreed: Map<string, string>;
  /** By their number. */
  versions: Map<number, VersionLink>;
};

/** Links are to the server of one address. Another path of its host may be another server, with names and numbers of its own. */
type Place = { sync: Pick<MlflowSync, "id" | "trackingUri">; isDryRun: boolean };

export async function listLinks(
  ctx: ModelCtx,
  { sync, isDryRun }: Place,
): Promise<Map<string, Link>> {
  const rows = await ctx.db.mlflowLink.findMany({
    where: { syncId: sync.id, trackingUri: sync.trackingUri },
    include: { versions: true },
  });
  return new Map(
    rows.map(({ id, name, modelId, agreed, versions }) => [
      name,
      {
        ...{ id: isDryRun ? null : id, name, modelId, agreed: toMap(agreed) },
        versions: new Map(
          versions.map((row) => [row.theirs, { ...row, agreed: toMap(row.agreed) }]),
        ),
      },
    ]),
  );
}

/** Replaces the link that the name had, with all that was known of it. */
export async function createLink(
  ctx: ModelCtx,
  { sync, isDryRun }: Place,
  { name, modelId }: Pick<Link, "name" | "modelId">,
): Promise<Link> {
  const link = { name, modelId, agreed: new Map<string, string>(), versions: new Map() };
  if (isDryRun) return { ...link, id: null };
  const at = { syncId: sync.id, trackingUri: sync.trackingUri, name };
  const [, row] = await ctx.db.$transaction([
    ctx.db.mlflowLink.deleteMany({ where: at }),
    ctx.db.mlflowLink.create({ data: { ...at, modelId } }),
  ]);
  return { ...link, id: row.id };
}

export async function removeLink(ctx: ModelCtx, { id }: Link): Promise<void> {
  if (id !== null) await ctx.db.mlflowLink.deleteMany({ where: { id } });
}

/** At once, so that a run that is killed does not bring the same version twice. */
export async function linkVersion(
  ctx: ModelCtx,
  link: Link,
  numbers: { theirs: number; ours: number },
): Promise<void> {
  if (link.id !== null)
    await ctx.db.mlflowVersionLink.create({ data: { linkId: link.id, ...numbers } });
  link.versions.set(numbers.theirs, { ...numbers, agreed: new Map() });
}

export async function unlinkVersion(ctx: ModelCtx, link: Link, theirs: number): Promise<void> {
  if (link.id !== null)
    await ctx.db.mlflowVersionLink.deleteMany({ where: { linkId: link.id, theirs } });
  link.versions.delete(theirs);
}

export async function saveAgreed(ctx: ModelCtx, link: Link): Promise<void> {
  if (link.id === null) return;
  const { id } = link;
  await ctx.db.mlflowLink.updateMany({ where: { id }, data: { agreed: toJson(link.agreed) } });
}

export async function saveVersionAgreed(
  ctx: ModelCtx,
  { id }: Link,
  { theirs, agreed }: VersionLink,
): Promise<void> {
  if (id === null) return;
  await ctx.db.mlflowVersionLink.updateMany({
    where: { linkId: id, theirs },
    data: { agreed: toJson(agreed) },
  });
}

const toMap = (json: Prisma.JsonValue) => new Map(Object.entries(json as Record<string, string>));
const toJson = (map: ReadonlyMap<string, string>) => Object.fromEntries(map);
