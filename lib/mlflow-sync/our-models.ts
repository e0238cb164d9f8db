/** What is here, as the other side would call it. */
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Prisma } from "#lib/db/generated/client.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Stage } from "#lib/wire/words.ts";
import { fitsPattern } from "./model-pattern.ts";

const PROMPT_TAG = "mlflow.prompt.is_prompt";
/** Models that are in memory with their versions. */
const PAGE = 100;

export type OurVersion = {
  number: number;
  /** The semantic version. */
  version: string;
  digest: string;
  description: string;
  stage: Stage;
  tags: Map<string, string>;
  updatedAt: Date;
  /** Where its bytes are, if they are not here. */
  location: string | null;
};

export type OurModel = {
  id: bigint;
  /** Our own name. */
  slug: string;
  /** As MLflow has it. */
  name: string;
  description: string;
  tags: Map<string, string>;
  updatedAt: Date;
  /** To the number of the version. */
  aliases: Map<string, { number: number; updatedAt: Date }>;
  versions: Map<number, OurVersion>;
};

const WITH_ALL = {
  aliases: { select: { alias: true, versionId: true, updatedAt: true } },
  versions: {
    where: { deletedAt: null },
    orderBy: { number: "asc" },
    select: {
      id: true,
      number: true,
      version: true,
      digest: true,
      description: true,
      stage: true,
      tags: true,
      updatedAt: true,
      location: true,
    },
  },
} as const satisfies Prisma.ModelInclude;
type Row = Prisma.ModelGetPayload<{ include: typeof WITH_ALL }>;

/** Live models that the actor may see and that fit the pattern or are linked already, a page at a time. */
export async function* listOurModels(
  ctx: ModelCtx,
  pattern: string,
  linked: ReadonlySet<bigint>,
): AsyncGenerator<OurModel> {
  const visible = visibleModels(ctx.actor);
  for (let after = 0n; ; ) {
    const rows: Row[] = await ctx.db.model.findMany({
      where: { id: { gt: after }, deletedAt: null, AND: [visible.where] },
      orderBy: { id: "asc" },
      take: PAGE,
      include: WITH_ALL,
    });
    for (const row of rows) {
      const model = toOurs(row);
      const isWanted = fitsPattern(model.name, pattern) || linked.has(model.id);
      if (isWanted && model.tags.get(PROMPT_TAG)?.toLowerCase() !== "true") yield model;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

/** One of them, as it is now. */
export async function getOurModel(ctx: ModelCtx, id: bigint): Promise<OurModel | null> {
  const row = await ctx.db.model.findFirst({ where: { id, deletedAt: null }, include: WITH_ALL });
  return row && toOurs(row);
}

/** By the name that MLflow knows. */
export async function findOurModel(ctx: ModelCtx, name: string): Promise<OurModel | null> {
  const row = await ctx.db.model.findFirst({
    where: {
      deletedAt: null,
      OR: [{ externalName: name }, { externalName: null, name }],
      AND: [visibleModels(ctx.actor).where],
    },
    include: WITH_ALL,
  });
  return row && toOurs(row);
}

function toOurs(row: Row): OurModel {
  const numbers = new Map(row.versions.map(({ id, number }) => [id, number]));
  return {
    id: row.id,
    slug: row.name,
    name: row.externalName ?? row.name,
    description: row.description,
    tags: tagsOf(row.tags),
    updatedAt: row.updatedAt,
    aliases: new Map(
      row.aliases.flatMap(({ alias, versionId, updatedAt }) => {
        const number = numbers.get(versionId);
        return number === undefined ? [] : [[alias, { number, updatedAt }]];
      }),
    ),
    versions: new Map(
      row.versions.map((version) => [
        version.number,
        {
          ...version,
          stage: version.stage as Stage,
          tags: tagsOf(version.tags),
        },
      ]),
    ),
  };
}

const tagsOf = (tags: Prisma.JsonValue) => new Map(Object.entries(tags as Record<string, string>));
